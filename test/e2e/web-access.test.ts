/** The page for who has no mouse, sees little, or has it read out: axe-core on all of it, and everything by keyboard. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { expectNothingFound, LAYOUT } from '../support/axe.ts'
import { act, focused, go, live, row, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'
import { until } from '../support/until.ts'

const { home, newContext, newPage, open } = useBrowser()
live.each([
  { dark: false, phone: false },
  { dark: true, phone: false },
  { dark: false, phone: true },
])('axe finds nothing, %o', { timeout: 240_000 }, async ({ dark, phone }) => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'over', '--', program('waits.sh')])
  await t.here.ok(['stop', 'over'])
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  const tells = `for i in 1 2 3; do echo '::ptrack {"progress":5,"message":"loading","result":{"a":1,"m":"x"},"step":{"id":"s","name":"one","status":"running"}}'; done; printf '\\033[33myellow\\033[0m \\033[41mred\\033[0m\\n'`
  await t.here.ok(['run', '-d', '--name', 'rows', '--', 'sh', '-c', `${tells}; exec sleep 1000`])
  await t.until(async () => (await t.ls('rows'))?.results === 3, 'its rows are known')
  const options = {
    colorScheme: dark ? ('dark' as const) : ('light' as const),
    viewport: phone ? { width: 390, height: 780 } : { width: 1280, height: 760 },
  }
  const page = await open(options)
  // The dark page is the same page in other colours; on a phone it is laid out otherwise, and some of it is hidden.
  const rules = dark ? ['color-contrast'] : phone ? LAYOUT : undefined
  const check = (what: string) => expectNothingFound(page, what, rules)
  const pages: [string, string][] = [
    ['#/overview', '.need'],
    ['#/processes', '.row'],
    ['#/processes?sel=fails', phone ? '.row' : '.detail .why-card'],
    ['#/process/web', '.happened li'],
    ['#/process/rows', '.falls li'],
    ['#/process/rows/log', '.line'],
    ['#/process/rows/results', 'tbody tr'],
    ['#/process/rows/charts', '.bars'],
    ['#/process/fails/runs', 'tbody tr'],
    ['#/process/nobody', '.nothing'],
    ['#/timeline?range=5m', '.tl-row'],
    ['#/logs', '.line'],
    ['#/running', '.card'],
    ['#/activity', '.virtual'],
    ['#/orphans', 'main .head p'],
    ['#/admin', '.dl dd'],
  ]
  for (const [hash, there] of pages) {
    await go(page, hash)
    await page.locator(there).first().waitFor()
    await check(hash)
    if (hash === '#/process/web') expect(await page.locator('dt', { hasText: 'Number' }).locator('+ dd').textContent()).toBe('0')
  }
  await go(page, '#/process/rows/log')
  await page.getByLabel('Search the log').fill('yellow')
  await page.locator('mark').waitFor()
  await check('a hit in the log')
  await page.getByRole('button', { name: /^News/ }).click()
  await page.locator('.layer .work li').first().waitFor()
  await check('the bell')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.locator('.layer').waitFor()
  await check('the settings')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.locator('#found li').first().waitFor()
  await check('the search for everything')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await check('the keys')
  await page.keyboard.press('Escape')
  await go(page, '#/process/web')
  await page.getByRole('button', { name: 'change web' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Title', { exact: true }).fill('Other')
  for (const section of await form.locator('summary').all()) await section.click()
  await form.getByLabel('Timeout', { exact: true }).fill('soon')
  await check('the form of changes')
  await form.getByRole('button', { name: 'Review changes' }).click()
  await form.getByText('cannot read soon').waitFor()
  await check('a form that is wrong')
  await form.getByRole('button', { name: 'Undo: Timeout' }).click()
  await form.getByRole('button', { name: 'Review changes' }).click()
  await form.getByText('Takes effect now').waitFor()
  await check('the difference')
  await page.keyboard.press('Escape')
  await form.getByText('Throw away 1 change?').waitFor()
  await check('the question before changes are lost')
  await form.getByRole('button', { name: 'Throw away' }).click()
  await page.getByRole('button', { name: 'Start a process…' }).click()
  await form.getByLabel('Name', { exact: true }).fill('new')
  await check('the form of a new process')
  await page.keyboard.press('Escape')
  await form.getByRole('button', { name: 'Throw away' }).click()
  await go(page, '#/processes')
  await row(page, 'over').hover()
  await row(page, 'over').getByRole('button', { name: 'more for over' }).click()
  await check('the menu of a row')
  await page.keyboard.press('Escape')
  await row(page, 'over').getByRole('checkbox').check()
  await page.getByText('1 selected').waitFor()
  await check('the bar of what is marked')
  await row(page, 'over').getByRole('checkbox').uncheck()
  await act(page, 'delete', 'over')
  await page.getByRole('dialog', { name: 'Delete over?' }).waitFor()
  await check('a question')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.locator('.toast').waitFor()
  await check('a toast')

  const stranger = await newPage(await newContext(options))
  await stranger.goto(page.url())
  await stranger.getByLabel(/Or a token/).fill('wrong')
  await stranger.getByRole('button', { name: 'Log in' }).click()
  await stranger.getByRole('alert').waitFor()
  await expectNothingFound(stranger, 'the login')
  await t.killDaemon()
  await page.getByText('The daemon is away').waitFor()
  await check('the daemon away')
  await t.here.ok(['ls'])
})

/** Presses a key until the focus is on what has this name; the most that a person would. */
async function reach(page: Page, name: string | RegExp, key = 'Tab', most = 40): Promise<void> {
  const seen: (string | null)[] = []
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key)
    const now = await focused(page)
    if (now !== null && (typeof name === 'string' ? now.trim() === name : name.test(now))) return
    seen.push(now)
  }
  throw new Error(`${key} does not lead to ${name} but to: ${seen.join(' | ')}`)
}
/** What has the focus can be seen: it has an outline, and lies within the window. */
async function expectFocusSeen(page: Page): Promise<void> {
  const shown = await page.evaluate(() => {
    const { document, getComputedStyle, innerHeight } = globalThis as unknown as {
      document: { activeElement: { getBoundingClientRect(): { top: number; bottom: number } } }
      getComputedStyle(element: unknown): { outlineStyle: string; outlineWidth: string }
      innerHeight: number
    }
    const { top, bottom } = document.activeElement.getBoundingClientRect()
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
    return { outlined: outlineStyle !== 'none' && outlineWidth !== '0px', inside: bottom > 0 && top < innerHeight }
  })
  expect(shown).toEqual({ outlined: true, inside: true })
}

live('the whole page by keyboard alone', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--instances', '40', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'apart', '--', 'sh', '-c', 'seq 1 500; exec sleep 1000'])
  await t.here.ok(['run', '-d', '--name', 'work', '--', program('waits.sh')])
  const page = await open()
  // As from a bookmark: nothing of the page has the focus.
  await page.reload()
  await row(page, 'apart').waitFor()

  // Past the header at once; then row by row, further than what was drawn at first.
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('j')
  expect(await focused(page)).toBe('Group No project')
  await expectFocusSeen(page)
  // A row is there to go to once it is drawn, which a busy machine does later than the next press.
  const moves = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      const from = await focused(page)
      await page.keyboard.press(key)
      await until(async () => (await focused(page)) !== from, 'the next row has the focus')
    }
  }
  await moves('j')
  expect(await focused(page)).toBe('apart')
  // The set is one row until it is opened; its instances follow it.
  await moves('j')
  expect(await focused(page)).toBe('web × 40 instances')
  await page.keyboard.press('ArrowRight')
  await row(page, 'web:0').waitFor()
  await moves(...Array.from({ length: 41 }, (_, i) => (i % 2 ? 'ArrowDown' : 'j')))
  expect(await focused(page)).toBe('work')
  await expectFocusSeen(page)
  await moves(...Array(41).fill('k'))
  await page.keyboard.press('ArrowLeft')
  await row(page, 'web:0').waitFor({ state: 'detached' })
  await moves('k')
  expect(await focused(page)).toBe('apart')
  // One tab stop for the list: of the row with the focus its controls come next, then what is behind the list.
  await reach(page, 'restart apart')
  await page.keyboard.press('Escape')

  // A search, an action of a row, and a question whose focus stays in it.
  await page.keyboard.press('/')
  await page.keyboard.type('apart')
  await row(page, 'work').waitFor({ state: 'detached' })
  await reach(page, 'apart')
  await reach(page, 'stop apart')
  await page.keyboard.press('Enter')
  expect(await focused(page)).toBe('Stop? apart')
  await page.keyboard.press('Enter')
  await row(page, 'apart').getByText('stopped').waitFor()
  await reach(page, 'more for apart')
  await page.keyboard.press('Enter')
  await reach(page, 'delete apart', 'ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  const names = new Set<string | null>()
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab')
    names.add(await focused(page))
  }
  // Between its end and its beginning the browser's own controls have their turn, which the page sees as nothing.
  expect([...names].filter((name) => name !== null).toSorted()).toEqual(['Delete', 'Keep it'])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await focused(page)).toBe('more for apart')
  expect(await t.ls('apart')).toBeDefined()
  await reach(page, 'start apart', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await row(page, 'apart').getByText('running').waitFor()

  // Its page, and from tab to tab; the log, its search and the way through the hits.
  await page.keyboard.press('/')
  await reach(page, 'apart')
  // Beside the list first, then its own page; Escape would close it.
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'apart' }).getByRole('heading', { name: 'apart' }).waitFor()
  await until(async () => (await focused(page)) === 'apart', 'its heading has the focus')
  await reach(page, 'own page of apart')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'apart' }).waitFor()
  await reach(page, 'log')
  await page.keyboard.press('Enter')
  await page.getByText('1,000 lines').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('50')
  await page.getByText(/^\d+ of 12 hits$/).waitFor()
  await page.keyboard.press('Enter')
  await page.getByText('1 of 12 hits').waitFor()
  await reach(page, 'Log of apart')
  await expectFocusSeen(page)
  const top = (): Promise<number> => page.locator('.log').evaluate((log) => (log as unknown as { scrollTop: number }).scrollTop)
  const before = await top()
  await page.keyboard.press('PageDown')
  await page.waitForFunction(
    (from) =>
      (globalThis as unknown as { document: { querySelector(s: string): { scrollTop: number } } }).document.querySelector('.log')
        .scrollTop > from,
    before,
  )

  // The bell, the settings, a form: each closed by Escape, with the focus back where it was.
  await reach(page, /^News: nothing/, 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.locator('.layer').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.layer').waitFor({ state: 'detached' })
  expect(await focused(page)).toMatch(/^News: nothing/)
  await reach(page, /^Settings/)
  await page.keyboard.press('Enter')
  const rows = page.getByLabel('Rows of results')
  await rows.waitFor()
  const hasFocus = (): Promise<boolean> =>
    rows.evaluate((field) => (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement === field)
  for (let i = 0; i < 12 && !(await hasFocus()); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('20')
  await page.keyboard.press('Tab')
  expect(await rows.inputValue()).toBe('20')
  await page.keyboard.press('Escape')
  await reach(page, 'change apart')
  await page.keyboard.press('Enter')
  const title = page.getByRole('dialog').getByLabel('Title', { exact: true })
  await title.waitFor()
  const isAt = (): Promise<boolean> => title.evaluate((input) => input.matches(':focus'))
  for (let i = 0; i < 8 && !(await isAt()); i++) await page.keyboard.press('Tab')
  await page.keyboard.type('Set apart')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('Takes effect now').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.locator('.title').getByText('Set apart').waitFor()
  expect(await focused(page)).toBe('change apart')
  expect((await t.ls('apart'))!.title).toBe('Set apart')
})

live('letters act on the row that has the focus; what ends something takes its letter twice', { timeout: 120_000 }, async () => {
  const t = await home()
  for (const name of ['apart', 'other']) await t.here.ok(['start', '--name', name, '--', program('waits.sh')])
  const page = await open({ viewport: { width: 1440, height: 800 } })
  await row(page, 'apart').waitFor()
  const to = async (name: string): Promise<void> => {
    await until(async () => {
      await page.keyboard.press('j')
      return (await focused(page)) === name
    }, `${name} has the focus`)
  }
  const has = (name: string) => until(async () => (await focused(page)) === name, `${name} has the focus`)
  await to('apart')
  await page.keyboard.press('x')
  await has('Stop? apart')
  // Going away is no answer.
  await page.keyboard.press('k')
  await to('apart')
  expect(await t.ls('apart')).toMatchObject({ status: 'running' })
  await page.keyboard.press('x')
  await has('Stop? apart')
  await page.keyboard.press('x')
  await row(page, 'apart').getByText('stopped').waitFor()
  await has('apart')
  await page.keyboard.press('s')
  await row(page, 'apart').getByText('running').waitFor()
  await page.keyboard.press('p')
  await row(page, 'apart').getByText('paused').waitFor()
  await page.keyboard.press('p')
  await row(page, 'apart').getByText('running').waitFor()

  await page.keyboard.press('Space')
  await page.getByText('1 selected').waitFor()
  await to('other')
  await page.keyboard.press('Shift+Space')
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('.')
  await page.getByRole('button', { name: 'pause other' }).waitFor()
  // A letter in the menu is not one of the row.
  await page.keyboard.press('x')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'pause other' }).waitFor({ state: 'detached' })
  expect((await t.ls('other'))!.status).toBe('running')

  await to('other')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'other' }).waitFor()
  await page.keyboard.press('[')
  await page.getByRole('region', { name: 'apart' }).waitFor()
  await page.keyboard.press(']')
  await page.getByRole('region', { name: 'other' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('region', { name: 'other' }).waitFor({ state: 'detached' })
  await to('other')
  await page.keyboard.press('l')
  await page.getByRole('heading', { level: 1, name: 'other' }).waitFor()
  await page.getByRole('log', { name: 'Log of other' }).waitFor()
})

live('what changes is read out: the process that is looked at, and how many need somebody', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'other', '--', program('waits.sh')])
  const page = await open({ at: '#/process/web' })
  await page.getByRole('heading', { level: 1, name: 'web' }).waitFor()
  const spoken = page.locator('p[aria-live="polite"].hidden')
  expect(await spoken.textContent()).toBe('')
  const says = (words: string) => until(async () => (await spoken.textContent()) === words, `it says: ${words}`)
  await t.here.ok(['stop', 'web'])
  await says('web is stopped')
  // What nobody looks at is said only when it needs somebody.
  await t.here.ok(['stop', 'other'])
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  await says('1 process needs you')
  await t.here.ok(['delete', 'fails'])
  await says('nothing needs you')
})
