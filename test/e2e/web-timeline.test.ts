/** The timeline in the page: runs as bars, by pointer and by keys, and no more work than what is in sight. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { focused, go, live, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, open } = useBrowser()

const lane = (page: Page, name: string) => page.locator('.tl-row').filter({ has: page.getByRole('link', { name, exact: true }) })
/** Requests of this kind that the page has sent since it was opened. */
function counting(page: Page, method: string): () => number {
  let count = 0
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes(`"method":"${method}"`)) count++
    }),
  )
  return () => count
}
const hash = (page: Page): string => decodeURIComponent(new URL(page.url()).hash)

live(
  'runs are bars that lead to the run, by pointer and by keys; what comes and ends is there at once',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
    await t.here.ok(['start', 'fails'])
    await t.until(
      async () => (await t.ls('fails'))?.run === 2 && (await t.ls('fails'))?.status === 'failed',
      'it has failed twice',
    )
    await t.here.ok(['start', '--name', 'serves', '--', program('waits.sh')])
    await t.here.ok(['run', '--name', 'past', '--', 'true'])
    await t.here.ok(['delete', 'past'])
    const page = await open()
    await go(page, '#/timeline?range=5m')
    await lane(page, 'fails').locator('path.bad').waitFor()
    await lane(page, 'serves').locator('path.run').waitFor()
    await page.getByRole('img', { name: 'fails: 2 runs, 2 failed' }).waitFor()
    await page.getByText('Deleted since').waitFor()
    await page.getByText('past', { exact: true }).waitFor()

    // A lane is a row with one tab stop; left and right lead through its runs, Enter opens the one.
    await lane(page, 'fails').getByRole('link').focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('status').getByText('run 2').waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('status').getByText('run 1').waitFor()
    await page.getByRole('status').getByText('Failed: exit code 3').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/process\/fails\/runs\?run=1$/)
    const meant = page.locator('tr[aria-current="true"]')
    await meant.getByText('Failed').waitFor()
    expect(await meant.locator('td').first().textContent()).toBe('1')
    await meant.getByRole('link', { name: 'Log of run 1' }).waitFor()
    await page.goBack()
    await page.waitForURL(/#\/timeline\?range=5m$/)

    // By the pointer: the sentence beside it, then the click.
    await lane(page, 'serves').locator('path.run').waitFor()
    const box = (await lane(page, 'serves').locator('.tl-bars').boundingBox())!
    const now = box.x + (box.width - 12) * 0.8
    await page.mouse.move(now - 2, box.y + box.height / 2)
    await page.getByRole('status').getByText('run 1').waitFor()
    await page.mouse.down()
    await page.mouse.up()
    await page.waitForURL(/#\/process\/serves\/runs\?run=1$/)
    await page.locator('tr[aria-current="true"]', { hasText: 'Running' }).waitFor()
    await page.goBack()

    // The end is live.
    await t.here.ok(['run', '-d', '--name', 'later', '--', program('waits.sh')])
    await lane(page, 'later').locator('path.run').waitFor()
    await t.here.ok(['cancel', 'later'])
    await lane(page, 'later').locator('path.off').waitFor()
  },
)

live(
  'time is moved and made larger by keys, wheel and drag; the address has it, a small movement asks for nothing',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'serves', '--', program('waits.sh')])
    const page = await open({ at: '#/activity' })
    await page.getByRole('heading', { name: 'Activity' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await lane(page, 'serves').locator('path.run').waitFor()
    expect(await page.getByRole('button', { name: '1 h', exact: true }).getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('+')
    await page.waitForURL(/range=30m/)
    await page.keyboard.press('-')
    await page.keyboard.press('-')
    await page.waitForURL(/range=2h/)
    await page.getByRole('button', { name: '24 h' }).click()
    await page.waitForURL(/range=1d/)
    await page.keyboard.press('Shift+ArrowLeft')
    await page.waitForURL(/from=.*&to=/)
    expect(await page.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed')).toBe('false')
    await page.getByRole('button', { name: 'Now' }).click()
    await page.waitForURL(/range=1d/)

    const box = (await page.locator('.tl-field').boundingBox())!
    const drag = async (px: number): Promise<void> => {
      await page.mouse.move(box.x + 700, box.y + 200)
      await page.mouse.down()
      await page.mouse.move(box.x + 700 + px / 2, box.y + 200)
      await page.mouse.move(box.x + 700 + px, box.y + 200)
      await page.mouse.up()
    }
    await drag(200)
    await page.waitForURL(/from=.*&to=/)
    const held = hash(page)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -200)
    await page.keyboard.up('Control')
    await page.waitForFunction(
      (before) => decodeURIComponent((globalThis as unknown as { location: Location }).location.hash) !== before,
      held,
    )
    expect(hash(page)).toMatch(/from=.*&to=/)
    // A link shows the same to somebody else.
    const again = await open({ at: hash(page) })
    await again
      .getByText(
        await page
          .locator('.tl-head .num')
          .textContent()
          .then((text) => text!),
      )
      .waitFor()
    expect(hash(again)).toBe(hash(page))
    // Away it stays, in words and without the name of a request.
    await t.here.ok(['daemon', 'stop'])
    await page.getByText('The daemon is away').waitFor()
    expect(await page.locator('main').textContent()).not.toContain('cannot timeline')
  },
)

live('of hundreds of processes only the lanes in sight are drawn, by one request', { timeout: 120_000 }, async () => {
  const t = await home()
  const definition = { name: 'many', command: ['sleep', '1000'], cwd: '/' }
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  await t.request('start', { definition, instances: 400, stopped: true })
  const page = await open({ viewport: { width: 1280, height: 760 }, at: '#/timeline?group=none' })
  const requests = counting(page, 'timeline')
  await page.reload()
  await page.getByRole('button', { name: 'many × 400 instances' }).click()
  await lane(page, 'many:1').waitFor()
  const nodes = () => page.locator('main *').count()
  expect(await page.locator('.tl-row').count()).toBeLessThan(60)
  expect(await nodes()).toBeLessThan(900)
  await page.keyboard.press('End')
  await lane(page, 'many:399').waitFor()
  await t.until(async () => (await focused(page)) === 'many:399', 'the last has the focus')
  expect(await nodes()).toBeLessThan(900)
  expect(requests()).toBeLessThanOrEqual(2)
  // Narrowed by a word.
  await page.keyboard.press('/')
  await page.keyboard.type('many:39')
  await page.waitForURL(/q=many/)
  await lane(page, 'many:390').waitFor()
  await page.getByLabel(/^Search/).fill('no such')
  await page.getByText('None of the processes is like this.').waitFor()
})

live('who may see the processes of one owner sees their lanes alone', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['run', '--name', 'hers', '--owner', 'ann', '--', 'true'])
  await t.here.ok(['run', '--name', 'his', '--owner', 'bob', '--', 'true'])
  await t.here.ok(['run', '--name', 'gone', '--owner', 'bob', '--', 'true'])
  await t.here.ok(['delete', 'gone'])
  const page = await open({ role: 'viewer', owner: 'ann', at: '#/timeline' })
  await lane(page, 'hers').locator('path.done').waitFor()
  expect(await page.locator('.tl-row').count()).toBe(1)
  expect(await page.getByText('Deleted since').count()).toBe(0)
})
