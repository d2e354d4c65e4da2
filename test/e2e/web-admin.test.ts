/** What an admin has besides: orphans that are ended, limits, owners and the load of the machine. */
import { expect } from 'vitest'
import { go, live, row, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'
import { isAlive } from '../support/proc.ts'

const { home, open } = useBrowser()

live(
  'an orphan is shown with its evidence, and ended after a question; a viewer sees it and no way to end it',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await go(page, '#/orphans')
    await page.getByText('Nothing was left behind.').waitFor()
    await t.here.ok(['run', '--name', 'leaver', '--', 'python3', program('leaves-a-setsid-child.py')])
    await t.until(async () => (await t.here.json<unknown[]>(['orphans'])).length === 1, 'it is found')
    const [left] = t.processes()
    expect(left).toBeDefined()
    await page.getByRole('button', { name: 'Look again' }).click()
    const card = page.getByRole('article', { name: `pid ${left!.pid}` })
    await card.getByText(/carries the marker of leaver run 1/).waitFor()
    await card.getByText('escaped').waitFor()
    const end = card.getByRole('button', { name: `end ${left!.pid}` })
    await end.click()
    await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
    expect(isAlive(left!)).toBe(true)
    const viewer = await open({ role: 'viewer', owner: (await t.ls('leaver'))!.owner })
    await go(viewer, '#/orphans')
    await viewer.getByRole('article', { name: `pid ${left!.pid}` }).waitFor()
    expect(await viewer.locator('main').getByRole('button').allTextContents()).toEqual(['Look again'])
    await end.click()
    await page
      .getByRole('dialog', { name: `End ${left!.pid}?` })
      .getByRole('button', { name: 'End it' })
      .click()
    await page.locator('.toast', { hasText: `${left!.pid}: terminated` }).waitFor()
    await page.getByText('Nothing was left behind.').waitFor()
    expect(isAlive(left!)).toBe(false)
  },
)

live(
  'limits are set, changed and taken away, and hold at once; owners and the load are shown',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await go(page, '#/admin')
    const limits = (): Promise<{ global: number | null; types: object; owners: object }> => t.json(['limits'])
    await page.getByLabel('Name of the type or owner').fill('bench')
    await page.getByLabel('Jobs at once', { exact: true }).fill('1')
    await page.getByRole('button', { name: 'Add a limit' }).click()
    await page.getByLabel('Limit of type bench').waitFor()
    expect(await limits()).toMatchObject({ global: null, types: { bench: 1 } })
    for (const name of ['one', 'two']) await t.ok(['run', '-d', '--name', name, '--type', 'bench', '--', program('waits.sh')])
    await page.getByText('1 live, 1 queued').waitFor()
    const owner = (await t.ls('one'))!.owner
    const cells = page.getByRole('region', { name: 'Owners' }).getByRole('row', { name: owner }).getByRole('cell')
    await cells.nth(1).getByText('1', { exact: true }).waitFor()
    expect((await cells.allTextContents()).slice(0, 2)).toEqual(['1', '1'])
    await page.getByLabel('Limit of type bench').fill('')
    await page.keyboard.press('Tab')
    // What is being written stays while the page goes on.
    await page.getByLabel('Limit over all').fill('7')
    const up = page.getByRole('region', { name: 'Daemon' }).locator('dd').nth(2)
    const before = await up.textContent()
    await t.until(async () => (await up.textContent()) !== before, 'the page has moved')
    expect(await page.getByLabel('Limit over all').inputValue()).toBe('7')
    await page.getByLabel('Limit over all').focus()
    await page.keyboard.press('Tab')
    await t.until(async () => (await limits()).global === 7, 'it is set')
    expect((await limits()).types).toEqual({})
    await page.getByText('2 live, 0 queued').waitFor()
    // What cannot be is not sent.
    await page.getByLabel('Limit over all').fill('0')
    await page.keyboard.press('Tab')
    expect((await limits()).global).toBe(7)
    const load = page.getByRole('region', { name: 'Load' })
    await load.getByText(/^load \d+\.\d\d \d+\.\d\d \d+\.\d\d \(1, 5 and 15 min\) on \d+ CPUs?$/).waitFor()
    expect(Number(await load.getByRole('meter', { name: 'Memory' }).getAttribute('value'))).toBeGreaterThan(0)
    await go(page, '#/processes')
    await row(page, 'two').getByText('running').waitFor()
  },
)
