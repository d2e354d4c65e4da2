/** Real Firefox on the page of a daemon, by WebDriver BiDi: one browser for a file, and nothing that the page complained of is overlooked. */
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type TestHome, testHome } from './daemon.ts'
import { findTool, testNeeding } from './requires.ts'

const program = findTool('firefox-esr')
/** A test that needs Firefox. */
export const inFirefox = testNeeding('firefox-esr')

/** Firefox divides itself into processes for sites, windows and what they might need next; a page of one site needs none of these. */
const SMALL = {
  'fission.autostart': false,
  'dom.ipc.processCount': 1,
  'dom.ipc.processPrelaunch.enabled': false,
  'extensions.webextensions.remote': false,
  'layers.gpu-process.enabled': false,
  'media.rdd-process.enabled': false,
  'network.process.enabled': false,
}

/** A daemon that is killed and a page that is left (its fonts are aborted) make the browser complain of the network; a broken policy or script is something else. */
const OF_THE_NETWORK =
  /can.t establish a connection|was interrupted while the page was loading|NetworkError|\b401\b|download failed .* status=2152398850/

/** To be called once in a file: each test gets a home by `home()`, and a window without the cookies of the one before. */
export function useFirefox() {
  let browser: Browser
  let t: TestHome | undefined
  const complaints: string[] = []
  beforeAll(async () => {
    if (program !== null) browser = await launch({ browser: 'firefox', executablePath: program, extraPrefsFirefox: SMALL })
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    for (const context of browser.browserContexts()) if (context !== browser.defaultBrowserContext()) await context.close()
    await t?.close()
    t = undefined
    expect(complaints.splice(0)).toEqual([])
  })
  return {
    /** A home whose daemon serves the page. */
    async home(): Promise<TestHome> {
      t = await testHome({ env: { PTRACK_HTTP: '0' } })
      return t
    },
    /** A window of its own at the address that `ptrack web` gives. */
    async open(at: string): Promise<Page> {
      const page = await (await browser.createBrowserContext()).newPage()
      page.setDefaultTimeout(60_000)
      const note = (words: string): void => {
        if (!OF_THE_NETWORK.test(words)) complaints.push(words)
      }
      page.on('pageerror', (error) => note(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') note(message.text())
      })
      await page.goto((await t!.here.ok(['web'])).stdout.trim())
      await page.waitForSelector('header.top')
      await page.evaluate((hash) => {
        location.hash = hash
      }, at)
      return page
    },
  }
}

/** What has this role and this name for who has the page read out. */
export const by = (role: string, name: string): string => `::-p-aria([role="${role}"][name="${name}"])`

/** Until something of the page says it. */
export const shows = (page: Page, selector: string, words: string): Promise<unknown> =>
  page.waitForFunction(
    (where, what) => [...document.querySelectorAll(where)].some(({ textContent }) => textContent.includes(what)),
    {},
    selector,
    words,
  )
