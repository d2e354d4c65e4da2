/** Many processes on the page: what it has to do grows with what is seen and what changes, not with what there is. */
import type { CDPSession, Page } from 'playwright-core'
import { expect } from 'vitest'
import { live, row, useBrowser } from '../support/browser.ts'

const { home, newContext, open } = useBrowser()

const MANY = 120

/** In a second: the words of thirty rows are made, and compared. All of these rows drawn are tens of thousands. */
const IDLE_CALLS = 9000

/** A page whose clock stands still until it is moved, with a set of many instances unfolded. */
async function openMany(): Promise<{ page: Page; cdp: CDPSession }> {
  const context = await newContext({ viewport: { width: 1440, height: 900 } })
  // Of what has run for days the words change by the hour.
  await context.clock.install({ time: Date.now() + 3 * 86_400_000 })
  const page = await open({ context })
  await page.getByRole('button', { name: `many × ${MANY} instances` }).click()
  await row(page, 'many:3').getByText('running').waitFor()
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000)
  const cdp = await context.newCDPSession(page)
  await cdp.send('Profiler.enable')
  await cdp.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  return { page, cdp }
}

/** How often functions of the page's own were called since the last time. */
async function calls(cdp: CDPSession): Promise<number> {
  const { result } = await cdp.send('Profiler.takePreciseCoverage')
  const own = result.filter(({ url }) => url.includes('/assets/')).flatMap(({ functions }) => functions)
  return own.reduce((sum, { ranges: [whole] }) => sum + whole!.count, 0)
}

live(
  'of many rows those in sight are drawn; a page on which nothing happens draws none of them',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.ok(['start', '--name', 'many', '--instances', String(MANY), '--', 'sleep', '1000'])
    const { page, cdp } = await openMany()
    const drawn = await page.locator('.list .row').count()
    expect(drawn).toBeLessThan(50)
    expect(await page.locator('.list .virtual *').count()).toBeLessThan(drawn * 40 + 100)
    await page.evaluate(noteTouched)
    await calls(cdp)
    await page.clock.runFor(20_000)
    expect(await page.evaluate(touched)).toEqual([])
    // The words of those in sight are looked at; a drawing of all of them would be thirty times as much.
    expect((await calls(cdp)) / 20).toBeLessThan(IDLE_CALLS)
    await t.here.ok(['stop', 'many:3'])
    await t.until(async () => {
      await page.clock.runFor(1000)
      return (await page.evaluate(touched)).includes('many:3')
    }, 'the row of what was stopped is another')
    // The set counts its instances.
    expect((await page.evaluate(touched)).filter((name) => name !== 'many:3' && !name.includes('instances'))).toEqual([])
  },
)

interface Noted {
  touched: Set<string>
}

/** Rows of the list in which anything is drawn from now on. */
function noteTouched(): void {
  interface Node {
    parentElement: Node | null
    closest?(selector: string): { getAttribute(name: string): string | null } | null
  }
  const its = globalThis as unknown as Noted & {
    document: { querySelector(selector: string): object | null }
    MutationObserver: new (
      callback: (all: { target: Node }[]) => void,
    ) => { observe(target: object | null, options: object): void }
  }
  its.touched = new Set()
  const note = ({ target }: { target: Node }): void => {
    const element = target.closest ? target : target.parentElement
    const name = element?.closest?.('.row')?.getAttribute('aria-label')
    // The bar of a run that lives grows with it, and the daemon may just have measured the loads of all.
    const isMeasured = element?.closest?.('.c-runs, .c-cpu, .c-mem') != null
    if (name && !isMeasured) its.touched.add(name)
  }
  new its.MutationObserver((all) => all.forEach(note)).observe(its.document.querySelector('.list .virtual'), {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })
}

const touched = (): string[] => [...(globalThis as unknown as Noted).touched]
