/** Real Chromium on the page of a daemon: logins as `ptrack web` makes them, and nothing that the page complained of is overlooked. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type TestHome, testHome } from './daemon.ts'
import { type Ability, findTool, testNeeding } from './requires.ts'

/** Chromium without windows, where it is: a third of the CPU to start, to open a page and to draw it. */
const program = findTool('chromium-headless-shell') ?? findTool('chromium')
export const browserHere: Ability = {
  name: 'Chromium (apt-get install chromium-headless-shell)',
  there: program !== null,
}
/** A test that needs Chromium. */
export const live = testNeeding(browserHere)

/** `settings` of its engine: what a person has chosen for all pages. */
export const launchBrowser = (...settings: string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: program!,
    args: ['--no-sandbox', ...(settings.length === 0 ? [] : [`--blink-settings=${settings.join(',')}`])],
  })

export interface OpenOptions extends BrowserContextOptions {
  role?: string
  owner?: string
  /** A further tab of it. */
  context?: BrowserContext
  /** The page to begin with. */
  at?: string
}

/** To be called once in a file: each test gets a home by `home()`, and what it has opened is closed behind it. */
export function useBrowser(...settings: string[]) {
  let browser: Browser
  let t: TestHome | undefined
  const contexts: BrowserContext[] = []
  /** Whatever the page itself complained of. */
  const complaints: string[] = []
  beforeAll(async () => {
    if (browserHere.there) browser = await launchBrowser(...settings)
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
    await t?.close()
    t = undefined
    expect(complaints.splice(0)).toEqual([])
  })

  async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext(options)
    contexts.push(context)
    return context
  }

  /** A page that is told on when it breaks. */
  async function newPage(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => complaints.push(String(error)))
    // A daemon that is killed makes the browser complain of the network; a broken policy or script is something else.
    page.on('console', (message) => {
      if (message.type() === 'error' && !/ERR_CONNECTION|WebSocket connection|401|Failed to load resource/.test(message.text()))
        complaints.push(message.text())
    })
    return page
  }

  /** A page of the home of this test, logged in. */
  async function open({ role = 'admin', owner, context, at = '#/processes', ...options }: OpenOptions = {}): Promise<Page> {
    const page = await newPage(context ?? (await newContext(options)))
    const address = await t!.here.ok(['web', '--role', role, ...(owner === undefined ? [] : ['--owner', owner])])
    await page.goto(address.stdout.trim())
    await page.waitForSelector('header.top')
    await go(page, at)
    return page
  }

  return {
    newContext,
    newPage,
    open,
    /** A home whose daemon serves the page. */
    async home(): Promise<TestHome> {
      t = await testHome({ env: { PTRACK_HTTP: '0' } })
      return t
    },
  }
}

export const row = (page: Page, name: string): Locator => page.locator(`.row[aria-label="${name}"]`)

export const go = (page: Page, hash: string): Promise<void> =>
  page.evaluate((to) => {
    ;(globalThis as unknown as { location: { hash: string } }).location.hash = to
  }, hash)

/** The title follows the address when the page has been drawn. */
export const titled = (page: Page, title: string): Promise<unknown> =>
  page.waitForFunction((its) => (globalThis as unknown as { document: { title: string } }).document.title === its, title)

/** In a row, whose controls are there when it is pointed at: what ends something is pressed twice, and what is seldom wanted is in its menu. */
export async function act(page: Page, action: string, name: string): Promise<void> {
  const its = row(page, name)
  await its.hover()
  if (['pause', 'resume', 'delete', 'reset'].includes(action))
    await its.getByRole('button', { name: `more for ${name}`, exact: true }).click()
  await its.getByRole('button', { name: `${action} ${name}`, exact: true }).click()
  if (['restart', 'stop', 'cancel'].includes(action)) await its.locator('button.armed').click()
}

/** Nothing moves or fades any more, but what goes on for ever. */
export const settled = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => {
    const { document } = globalThis as unknown as {
      document: { getAnimations(): { playState: string; effect: { getComputedTiming(): { iterations: number } } | null }[] }
    }
    return document
      .getAnimations()
      .every(
        ({ playState, effect }) => playState !== 'running' || effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY,
      )
  })

/** The name of what has the focus; null when that is the page as a whole. */
export const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    const { activeElement, body } = (
      globalThis as unknown as {
        document: { body: unknown; activeElement: { getAttribute(name: string): string | null; textContent: string } | null }
      }
    ).document
    return activeElement === null || activeElement === body
      ? null
      : (activeElement.getAttribute('aria-label') ?? activeElement.textContent.trim())
  })
