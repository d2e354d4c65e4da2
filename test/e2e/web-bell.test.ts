/** What the page tells without being asked: the bell, toasts, notifications of the browser and a sound; in all tabs alike. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { live, row, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, newContext, open } = useBrowser()
const bell = (page: Page) => page.getByRole('button', { name: /^Jobs: / })
const active = (page: Page) => page.locator('.panel .work').nth(0).locator('li')
const ended = (page: Page) => page.locator('.panel .work').nth(1).locator('li')

live(
  'the bell counts what is active, shows its progress and the last ten that ended, over a kill -9 too',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    const page = await open()
    await bell(page).waitFor()
    expect(await page.locator('.badge').count()).toBe(0)
    for (let i = 1; i <= 12; i++)
      await t.here.run(['run', '--name', `past-${i}`, '--', program('exits-with.sh'), i === 12 ? '3' : '0'])
    const tells = `echo '::ptrack {"progress":40,"message":"half way"}'; while [ ! -e "${join(t.dir, 'gate')}" ]; do sleep 0.1; done`
    await t.here.ok(['run', '-d', '--name', 'work', '--', 'sh', '-c', tells])
    await t.here.ok(['limits', 'set', '--type', 'turns', '1'])
    for (const name of ['first', 'second'])
      await t.here.ok(['run', '-d', '--name', name, '--type', 'turns', '--', program('waits.sh')])
    await t.here.ok(['start', '--name', 'service', '--', program('waits.sh')])
    await page.locator('.badge', { hasText: /^3$/ }).waitFor()
    await page.getByRole('button', { name: 'Jobs: 3 active' }).click()
    expect(await active(page).getByRole('link').allTextContents()).toEqual(['work', 'first', 'second'])
    await active(page).nth(0).getByText('40% · half way').waitFor()
    expect(await active(page).nth(0).locator('progress').getAttribute('value')).toBe('40')
    await active(page)
      .nth(2)
      .getByText(/waiting/i)
      .waitFor()
    expect(await ended(page).getByRole('link').allTextContents()).toEqual(
      [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((i) => `past-${i}`),
    )
    await ended(page).nth(0).getByText('failed').waitFor()

    // Open while the daemon dies: what was known stays, and what ended meanwhile is there when it is back.
    await t.killDaemon()
    await page.locator('.panel').getByText('The daemon is away').waitFor()
    expect(await active(page).count()).toBe(3)
    writeFileSync(join(t.dir, 'gate'), '')
    await t.here.ok(['ls'])
    await page.locator('.panel').getByText('The daemon is away').waitFor({ state: 'detached' })
    await ended(page).nth(0).getByRole('link', { name: 'work' }).waitFor()
    await page.locator('.badge', { hasText: /^2$/ }).waitFor()
    expect(await ended(page).count()).toBe(10)
    await ended(page).nth(1).getByRole('link', { name: 'past-12' }).click()
    await page.getByRole('heading', { name: 'past-12' }).waitFor()
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
    await page.locator('.panel').getByText('The browser does not allow them').waitFor()
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
