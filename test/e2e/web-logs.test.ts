/** The logs of several processes in the page: merged, chosen, narrowed, and no more of them than is looked at. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { go, live, useBrowser } from '../support/browser.ts'
import type { TestHome } from '../support/daemon.ts'

const { home, open } = useBrowser()

const hash = (page: Page): string => decodeURIComponent(new URL(page.url()).hash)
const line = (page: Page, text: string | RegExp) => page.locator('.line', { hasText: text })
const texts = (page: Page): Promise<string[]> => page.locator('.line .text').allTextContents()

/** A service that has written these lines, and writes what is appended to its file. */
async function writes(t: TestHome, name: string, lines: readonly string[], more: string[] = []): Promise<string> {
  const file = join(t.dir, `${name.replace('/', '-')}.log`)
  writeFileSync(file, lines.map((each) => `${each}\n`).join(''))
  await t.here.ok(['start', '--name', name, ...more, '--', 'tail', '-n', '+1', '-f', file])
  await t.until(
    async () => (await t.request('logs.read', { targets: [name], tail: 1 })).lines[0]?.text === lines.at(-1),
    `${name} has written`,
  )
  return file
}

live(
  'several in one, with their names; chosen one by one, by pattern and by level; the address has it all',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await writes(t, 'api', ['ERROR it broke', '    at charge (payments.js:42)', '<b>bold</b> \x1b[31mred\x1b[0m', '[info] fine'])
    await writes(t, 'db', [
      'WARN slow',
      'checkpoint',
      '\x1b]8;;http://evil.test\x07link\x1b]8;;\x07 <img src=x onerror=alert(1)>',
    ])
    const page = await open({ at: '#/logs' })
    await line(page, 'it broke').getByText('api').waitFor()
    await line(page, 'checkpoint').getByText('db').waitFor()
    // What a program writes is text.
    await line(page, '<b>bold</b> red').waitFor()
    expect(await page.locator('.line b, .line img, .line a[href*="evil"]').count()).toBe(0)

    // Levels: the trace belongs to its error.
    await page.getByRole('button', { name: /^Error/ }).click()
    await page.waitForURL(/level=error/)
    await line(page, 'checkpoint').waitFor({ state: 'detached' })
    expect(await texts(page)).toEqual(['ERROR it broke', '    at charge (payments.js:42)'])
    await page.goBack()
    await line(page, 'checkpoint').waitFor()

    // Processes: a box, and a pattern.
    await page.getByRole('checkbox', { name: 'db' }).uncheck()
    await page.waitForURL(/of=api/)
    await line(page, 'checkpoint').waitFor({ state: 'detached' })
    await page.getByLabel('Find a process').fill('d*')
    await page.getByRole('button', { name: 'Only these 1' }).click()
    await page.waitForURL(/of=db/)
    await line(page, 'checkpoint').waitFor()
    expect(await line(page, 'it broke').count()).toBe(0)
    await page.getByRole('checkbox', { name: 'db' }).uncheck()
    await page.getByText('No process is chosen.').waitFor()

    // Words: n and N go from hit to hit, only hits are shown, a bad expression is answered in words.
    await go(page, '#/logs?q=e')
    await page.getByText(/^\d of \d hits$/).waitFor()
    const at = async (): Promise<string> => (await page.locator('.hits .num').textContent())!
    const [, last, count] = /^(\d) of (\d) hits$/.exec(await at())!
    expect(last).toBe(count)
    await page.locator('.log').focus()
    await page.keyboard.press('N')
    await page.getByText(`${Number(count) - 1} of ${count} hits`).waitFor()
    await page.keyboard.press('n')
    await page.keyboard.press('n')
    await page.getByText(`1 of ${count} hits`).waitFor()
    await page.getByRole('button', { name: 'Only hits' }).click()
    await page.waitForURL(/only=1/)
    await t.until(async () => (await texts(page)).every((text) => /e/i.test(text)), 'only hits are shown')
    await page.getByRole('button', { name: 'Regular expression' }).click()
    await page.getByLabel('Search the log').fill('(a+)+')
    await page.getByText(/repeated groups/).waitFor()
    await page.getByLabel('Search the log').fill('no such text')
    await page.getByText(/^None of \d+ lines matches “no such text”/).waitFor()
    await page.getByRole('button', { name: 'Clear search and levels' }).click()
    await line(page, 'it broke').waitFor()

    // A link shows another the same; a stream alone.
    await go(page, '#/logs?of=api,db&level=warn&stream=out')
    await line(page, 'WARN slow').waitFor()
    expect(await texts(page)).toEqual(['WARN slow'])
    await page.getByRole('button', { name: 'stderr' }).click()
    await page.waitForURL(/stream=err/)
    await page.getByText('Nothing has been written yet.').waitFor()
    // What is chosen goes on being shown when it is deleted; what is gone is not asked for.
    await go(page, '#/logs?of=api,db')
    await line(page, 'WARN slow').waitFor()
    await t.here.ok(['stop', 'api'])
    await t.here.ok(['delete', 'api'])
    await line(page, 'it broke').waitFor({ state: 'detached' })
    await line(page, 'WARN slow').waitFor()
    expect(await page.locator('p.error').count()).toBe(0)
  },
)

live('followed until one scrolls up; then what is new is counted', { timeout: 120_000 }, async () => {
  const t = await home()
  const { appendFileSync } = await import('node:fs')
  const file = await writes(
    t,
    'grows',
    Array.from({ length: 300 }, (_, i) => `line ${i + 1}`),
  )
  await writes(t, 'still', ['only one'])
  const page = await open({ at: '#/logs' })
  await line(page, 'line 300').waitFor()
  appendFileSync(file, 'one more\n')
  await line(page, 'one more').waitFor()
  await page.locator('.log').hover()
  await page.mouse.wheel(0, -2000)
  await page.locator('button[aria-pressed="false"]', { hasText: 'Follow' }).waitFor()
  appendFileSync(file, 'first new\nsecond new\n')
  await page.getByRole('button', { name: '2 new lines' }).waitFor()
  await page.keyboard.press('f')
  await line(page, 'second new').waitFor()
  expect(await page.getByRole('button', { name: /new line/ }).count()).toBe(0)
  // Away: what was read stays.
  await t.killDaemon()
  await page.getByText('The daemon is away').waitFor()
  await line(page, 'second new').waitFor()
  expect(await page.locator('main').textContent()).not.toContain('cannot logs')
  await t.here.ok(['ls'])
  await page.getByText('The daemon is away').waitFor({ state: 'hidden' })
  appendFileSync(file, 'after all\n')
  await line(page, 'after all').waitFor()
  expect((await texts(page)).filter((text) => text === 'second new')).toHaveLength(1)
})

live(
  'a part of the time is chosen in the drawing, by keys too, and its lines are those of the daemon',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'ticks', '--', 'sh', '-c', 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done'])
    const read = async () => (await t.request('logs.read', { targets: ['ticks'], sinceMs: 0 })).lines
    const spanMs = (lines: { at: string | null }[]): number => Date.parse(lines.at(-1)!.at ?? '') - Date.parse(lines[0]!.at ?? '')
    await t.until(async () => spanMs(await read()) > 4000, 'there are lines of several seconds')
    const page = await open({ at: '#/logs?range=15m' })
    const drawing = page.getByRole('slider', { name: /^Lines over the time/ })
    await drawing.waitFor()
    await drawing.focus()
    await page.keyboard.press('Home')
    expect(await drawing.getAttribute('aria-valuetext')).toMatch(/: 0 lines$/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/from=.*&to=/)
    await page.getByText('Nothing was written in this time.').waitFor()
    await page.getByRole('button', { name: 'Newest' }).click()
    await line(page, /tick \d/)
      .first()
      .waitFor()

    // Exactly those that the daemon has of that time, from its beginning.
    const all = await read()
    const [fromMs, toMs] = [1000, 3000].map((ms) => Math.ceil(Date.parse(all[0]!.at!) / 1000) * 1000 + ms) as [number, number]
    const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
    const expected = (await t.request('logs.read', { targets: ['ticks'], sinceMs: fromMs, untilMs: toMs })).lines.map(
      ({ text }) => text,
    )
    expect(expected.length).toBeGreaterThan(2)
    await go(page, `#/logs?of=ticks&from=${iso(fromMs)}&to=${iso(toMs)}`)
    await t.until(async () => JSON.stringify(await texts(page)) === JSON.stringify(expected), 'the lines of that time are shown')
    expect(await page.getByRole('button', { name: 'Follow' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Later' }).click()
    await page.waitForURL((url) => decodeURIComponent(url.hash).includes(`from=${iso(toMs)}`))
    expect(hash(page)).toContain('of=ticks')
  },
)

live('of a long log only the end is fetched, and what is in sight is drawn', { timeout: 120_000 }, async () => {
  const t = await home()
  const file = join(t.dir, 'long')
  writeFileSync(file, Array.from({ length: 60_000 }, (_, i) => `${i + 1} ${'word '.repeat(20)}\n`).join(''))
  await t.here.ok(['run', '--name', 'long', '--', 'cat', file])
  await t.here.ok(['run', '--name', 'hers', '--owner', 'ann', '--', 'echo', 'only hers'])
  const page = await open({ at: '#/activity' })
  let received = 0
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (received += payload.length)))
  await page.reload()
  await page.getByRole('heading', { name: 'Activity' }).waitFor()
  await go(page, '#/logs?of=long')
  await line(page, /60000 word/).waitFor()
  await page.getByText('1,000 lines').waitFor()
  // A thousand lines of some 230 bytes each, where the whole log is 6 MB.
  expect(received).toBeLessThan(500_000)
  expect(await page.locator('.line').count()).toBeLessThan(80)
  expect(await page.locator('main *').count()).toBeLessThan(900)
  await page.locator('.log').hover()
  await page.mouse.wheel(0, -100_000)
  await page.getByText('6,000 lines').waitFor()
  expect(await page.locator('.line').count()).toBeLessThan(80)

  const viewer = await open({ role: 'viewer', owner: 'ann', at: '#/logs' })
  await line(viewer, 'only hers').waitFor()
  expect(await viewer.getByRole('checkbox').count()).toBe(2)
  await go(viewer, '#/logs?of=long')
  await viewer.getByText('No process is chosen.').waitFor()
})
