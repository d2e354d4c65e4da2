/** What the page tells without being asked: the bell, toasts, notifications of the browser and a sound; in all tabs alike. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { focused, go, live, row, titled, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, newContext, open } = useBrowser()
const bell = (page: Page) => page.getByRole('button', { name: /^News: / })
const listed = (page: Page, label: string) => page.locator(`.layer .work[aria-label="${label}"] li`)
const ended = (page: Page) => listed(page, 'Ended')
const active = (page: Page) => page.locator('.works li')

live(
  'the bell counts what went wrong since one looked and shows the last ten that ended; the overview what is active, over a kill -9 too',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open({ at: '#/overview' })
    await bell(page).waitFor()
    await page.getByRole('heading', { name: 'No processes yet.' }).waitFor()
    expect(await page.locator('.badge').count()).toBe(0)
    for (let i = 1; i <= 12; i++)
      await t.here.run(['run', '--name', `past-${i}`, '--', program('exits-with.sh'), i === 12 ? '3' : '0'])
    const tells = `echo '::ptrack {"progress":40,"message":"half way"}'; while [ ! -e "${join(t.dir, 'gate')}" ]; do sleep 0.1; done`
    await t.here.ok(['run', '-d', '--name', 'work', '--', 'sh', '-c', tells])
    await t.here.ok(['limits', 'set', '--type', 'turns', '1'])
    for (const name of ['first', 'second'])
      await t.here.ok(['run', '-d', '--name', name, '--type', 'turns', '--', program('waits.sh')])
    await t.here.ok(['start', '--name', 'service', '--', program('waits.sh')])
    await page.getByRole('heading', { name: '1 process needs you' }).waitFor()
    await titled(page, '1 needs you, Overview · ptrack')
    await t.until(async () => (await active(page).count()) === 2, 'both that run are in progress')
    expect(await active(page).getByRole('link').allTextContents()).toEqual(['work', 'first'])
    await active(page).nth(0).getByText('half way').waitFor()
    expect(await active(page).nth(0).locator('progress').getAttribute('value')).toBe('40')
    await page.locator('.nexts li', { hasText: 'second' }).getByText('turns 1').waitFor()
    await page.locator('.badge', { hasText: /^1$/ }).waitFor()
    await page.getByRole('button', { name: 'News: 1 went wrong since you last looked' }).click()
    await listed(page, 'New').getByRole('link', { name: 'past-12' }).waitFor()
    await listed(page, 'New').getByText('Exit code 3').waitFor()
    expect(await page.locator('.badge').count()).toBe(0)
    expect(await ended(page).getByRole('link').allTextContents()).toEqual(
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((i) => `past-${i}`),
    )
    await ended(page).nth(0).getByRole('img', { name: 'Failed' }).waitFor()

    // Open while the daemon dies: what was known stays, and what ended meanwhile is there when it is back.
    await t.killDaemon()
    await page.locator('.layer').getByText('The daemon is away').waitFor()
    expect(await active(page).count()).toBe(2)
    writeFileSync(join(t.dir, 'gate'), '')
    await t.here.ok(['ls'])
    await page.locator('.layer').getByText('The daemon is away').waitFor({ state: 'detached' })
    await ended(page).nth(0).getByRole('link', { name: 'work' }).waitFor()
    await t.until(async () => (await active(page).count()) === 1, 'what has ended is in progress no more')
    expect(await ended(page).count()).toBe(10)
    await ended(page).nth(1).getByRole('link', { name: 'past-12' }).click()
    await page.getByRole('heading', { name: 'past-12' }).waitFor()
    // Looked at, it is no news any more, in this browser and in another.
    const other = await open({ at: '#/overview' })
    for (const each of [page, other]) {
      await each.keyboard.press('Escape')
      await each.reload()
      await each.getByRole('button', { name: 'News: nothing went wrong since you last looked' }).waitFor()
    }
    // Nor in one that was open all the time; of what comes both know, and of another role's looks nothing.
    await t.here.run(['run', '--name', 'breaks', '--', program('exits-with.sh'), '4'])
    for (const each of [page, other]) await each.locator('.badge', { hasText: /^1$/ }).waitFor()
    await page.getByRole('button', { name: 'News: 1 went wrong since you last looked' }).click()
    await listed(page, 'New').getByRole('link', { name: 'breaks' }).waitFor()
    await listed(page, 'Before').getByRole('link', { name: 'past-12' }).waitFor()
    await other.locator('.badge').waitFor({ state: 'detached' })
    const viewer = await open({ at: '#/overview', role: 'viewer', owner: (await t.ls('breaks'))!.owner })
    await viewer.getByRole('button', { name: 'News: 2 went wrong since you last looked' }).waitFor()
  },
)

live(
  'what needs somebody: its reason and last lines, marked as seen for all, shown again, and started anew',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.run(['run', '--name', 'fails', '--', 'sh', '-c', "printf '\\033[31mno such host\\033[0m\\n' >&2; exit 4"])
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const page = await open({ at: '#/overview' })
    const other = await open({ at: '#/overview', role: 'viewer', owner: (await t.ls('web'))!.owner })
    const need = page.getByRole('article', { name: 'fails' })
    await need.getByText('Exit code 4.').waitFor()
    await need.getByRole('list', { name: 'Last lines of stderr' }).getByText('no such host', { exact: true }).waitFor()
    await page.getByText('1 of 2 is as it should be.').waitFor()
    expect(
      await other
        .locator('main')
        .getByRole('button', { name: /seen|start|more/ })
        .count(),
    ).toBe(0)
    await need.getByRole('button', { name: 'mark fails as seen' }).click()
    for (const each of [page, other]) await each.getByRole('heading', { name: 'Everything is as it should be' }).waitFor()
    await page.getByText('1 process is marked as seen').click()
    await page.getByRole('button', { name: 'show fails again' }).click()
    for (const each of [page, other]) await each.getByRole('heading', { name: '1 process needs you' }).waitFor()
    // In the menu of its row, too.
    await go(page, '#/processes')
    await row(page, 'fails').hover()
    await row(page, 'fails').getByRole('button', { name: 'more for fails' }).click()
    await page.locator('.menu').getByRole('button', { name: 'mark fails as seen' }).click()
    await other.getByRole('heading', { name: 'Everything is as it should be' }).waitFor()
    await go(page, '#/overview')
    await page.getByText('1 process is marked as seen').click()
    await page.getByRole('button', { name: 'show fails again' }).click()
    await need.getByRole('button', { name: 'start fails', exact: true }).click()
    await t.until(async () => (await t.ls('fails'))!.run === 2, 'it was run again')
  },
)

live(
  'the keys of the page: g with a letter, ? and its switch, Ctrl K to a process and to an action that asks',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const page = await open({ at: '#/overview' })
    await page.getByRole('heading', { name: 'Everything is as it should be' }).waitFor()
    await page.keyboard.type('ga')
    await page.getByRole('heading', { name: 'Activity' }).waitFor()
    await titled(page, 'Activity · ptrack')
    await page.keyboard.type('go')
    await page.getByRole('heading', { name: 'Everything is as it should be' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('we')
    await page.getByRole('option', { name: /web/ }).first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'web' }).waitFor()
    await titled(page, 'web: running · ptrack')
    expect(await focused(page)).toContain('web')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('>stop web')
    expect(await page.getByRole('combobox', { name: 'Find or run' }).inputValue(), 'no letter is lost while it opens').toBe(
      '>stop web',
    )
    await page.getByRole('option', { name: /^Stop web…/ }).waitFor()
    await page.keyboard.press('Enter')
    const question = page.getByRole('dialog', { name: 'Stop web?' })
    await question.getByRole('button', { name: 'Keep it' }).click()
    expect((await t.ls('web'))!.status).toBe('running')
    // Lines of logs, a tag and no node; all by keys alone.
    await t.here.ok(['run', '--name', 'writes', '--tag', 'edge', '--', 'echo', 'connection refused (db)'])
    await page.keyboard.press('Control+k')
    await page.keyboard.type('refused (d')
    await page.getByRole('option', { name: /^connection refused \(db\)/ }).waitFor()
    await page.getByRole('option', { name: 'Lines with “refused (d”' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/logs\?of=all&q=refused/)
    await page.locator('mark').first().waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('@')
    await page.getByText('There is no such node in a fleet with this one.').waitFor()
    await page.getByRole('combobox', { name: 'Find or run' }).fill('#ed')
    await page.getByRole('option', { name: /^#edge/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/processes\?q=edge/)
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keys' })
    await keys.getByText('Menu of the row').waitFor()
    await page.keyboard.press('Escape')
    await go(page, '#/process/web')
    await page.getByRole('heading', { name: 'web' }).waitFor()
    await page.keyboard.press('?')
    await keys.waitFor()
    expect(await keys.getByText('Menu of the row').count()).toBe(0)
    await page.getByLabel('Single letters act').uncheck()
    await page.keyboard.press('Escape')
    await page.keyboard.type('ga')
    expect(page.url()).toContain('#/process/web')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Find or run' }).waitFor()
  },
)

/** Instead of the browser's own, which nobody sees here: kept in the page. */
const spies = `
  globalThis.told = [];
  globalThis.tones = 0;
  globalThis.away = false;
  globalThis.Notification = class {
    // Of the whole origin, as a browser's is.
    static get permission() { return localStorage.getItem('permission') ?? 'default'; }
    static async requestPermission() { localStorage.setItem('permission', globalThis.wish ?? 'granted'); return this.permission; }
    constructor(title, { body }) { globalThis.told.push(title + ': ' + body); }
  };
  const begin = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...args) { globalThis.tones++; return begin.apply(this, args); };
  Object.defineProperty(document, 'hidden', { get: () => globalThis.away });
`
interface Spied {
  told: string[]
  tones: number
  away: boolean
  wish?: string
}
const spied = (page: Page): Promise<Spied> =>
  page.evaluate(() => {
    const { told, tones, away } = globalThis as unknown as Spied
    return { told, tones, away }
  })
const lookAway = (page: Page): Promise<void> =>
  page.evaluate(() => {
    ;(globalThis as unknown as Spied).away = true
  })

live(
  'notifications and the sound are off until asked for; then one sound for all tabs, and notes for who looks elsewhere',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const context = await newContext()
    await context.addInitScript(spies)
    const page = await open({ context })
    const other = await open({ context })
    const fails = async (name: string): Promise<void> => {
      await t.here.run(['run', '--name', name, '--', 'sh', '-c', 'sleep 0.3; exit 3'])
      for (const each of [page, other]) await each.locator('.toast.bad', { hasText: name }).waitFor()
    }
    const settle = (): Promise<unknown> =>
      // The lock that keeps the other tabs silent is free again.
      page.evaluate(() =>
        (
          globalThis as unknown as { navigator: { locks: { request(name: string, act: () => void): Promise<void> } } }
        ).navigator.locks.request('ptrack-sound', () => {}),
      )
    await lookAway(page)
    await fails('before')
    for (const each of [page, other]) expect(await spied(each)).toMatchObject({ told: [], tones: 0 })

    // Refused by the person: it stays off.
    await page.evaluate(() => {
      ;(globalThis as unknown as Spied).wish = 'denied'
    })
    await page.getByRole('button', { name: 'Settings' }).click()
    const notes = page.getByLabel('Notifications of the browser')
    await notes.click()
    await page.locator('.layer').getByText('The browser does not allow them').waitFor()
    expect(await notes.isChecked()).toBe(false)
    await page.evaluate(() => {
      ;(globalThis as unknown as Spied).wish = 'granted'
    })
    await notes.click()
    await page.getByLabel('A sound when work ends or fails').check()
    await t.until(() => notes.isChecked(), 'they are on')
    await fails('loud')
    await settle()
    expect((await spied(page)).told).toEqual([expect.stringMatching(/^ptrack: loud has failed/)])
    // Who looks at the page has no need of a note; and the tabs share their settings, and one sound.
    expect((await spied(other)).told).toEqual([])
    expect((await spied(page)).tones + (await spied(other)).tones).toBe(1)
    await other.getByRole('button', { name: 'Settings' }).click()
    expect(await other.getByLabel('A sound when work ends or fails').isChecked()).toBe(true)
    await other.getByLabel('A sound when work ends or fails').uncheck()
    await t.until(async () => !(await page.getByLabel('A sound when work ends or fails').isChecked()), 'the other tab knows')
    await fails('silent')
    await settle()
    expect((await spied(page)).tones + (await spied(other)).tones).toBe(1)
    expect((await spied(page)).told).toHaveLength(2)
  },
)

live('a toast leads to whom it is about, and can be sent away', { timeout: 120_000 }, async () => {
  const t = await home()
  const page = await open()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await row(page, 'web').getByText('running').waitFor()
  await t.here.run(['run', '--name', 'breaks', '--', 'sh', '-c', 'sleep 0.3; exit 3'])
  await page.locator('.toast.bad').getByRole('button', { name: 'Dismiss' }).click()
  await page.locator('.toast.bad').waitFor({ state: 'detached' })
  await t.here.run(['run', '--name', 'breaks-too', '--', 'sh', '-c', 'sleep 0.3; exit 3'])
  await page
    .locator('.toast.bad')
    .getByRole('link', { name: /breaks-too/ })
    .click()
  await page.getByRole('heading', { name: 'breaks-too' }).waitFor()
})
