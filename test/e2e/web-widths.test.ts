/** Nothing is lost by a window that is narrow or wide, nor by letters that are twice as large (WCAG 1.4.4, 1.4.10). */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { go, live, settled, useBrowser } from '../support/browser.ts'
import { program, type TestHome } from '../support/daemon.ts'

const usual = useBrowser()
const large = useBrowser('defaultFontSize=32')

const LONG = 'a-long-name-that-somebody-made-of-the-name-of-a-branch'

async function stage(t: TestHome): Promise<void> {
  await t.here.ok(['start', '--name', LONG, '--title', 'Donaudampfschifffahrtsgesellschaftskapitän', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'api', '--instances', '2', '--', 'sh', '-c', 'seq 1 30; exec sleep 1000'])
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
  const reports = `echo '::ptrack {"progress":5,"message":"loading","result":{"accuracy":1,"model":"x"},"step":{"id":"s","name":"one","status":"running"}}'; exec sleep 1000`
  await t.here.ok(['run', '-d', '--name', 'rows', '--', 'sh', '-c', reports])
  await t.until(async () => (await t.ls('rows'))?.results === 1, 'its row is known')
}

const PAGES: readonly (readonly [string, string])[] = [
  ['#/overview', '.need'],
  ['#/processes', '.row'],
  ['#/processes?sel=fails', '.row'],
  [`#/process/${LONG}`, '.happened li'],
  ['#/process/rows', '.falls li'],
  ['#/process/api:0/log', '.line'],
  ['#/process/fails/runs', 'tbody tr'],
  ['#/process/rows/results', 'tbody tr'],
  ['#/process/rows/charts', '.bars'],
  ['#/timeline?range=5m', '.tl-row'],
  ['#/logs?of=*', '.line'],
  ['#/running', '.card'],
  ['#/activity', 'h1'],
  ['#/orphans', 'h1'],
  ['#/admin', 'h1'],
]

/** What cannot be seen whole: a page or its main part that scrolls sideways, words cut off by a control or by what they stand in. */
const lost = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { document, innerWidth, getComputedStyle, scrollX } = globalThis as unknown as {
      document: {
        documentElement: Part
        querySelector(selector: string): Part | null
        querySelectorAll(selector: string): Iterable<Part>
        createRange(): { selectNodeContents(part: Part): void; getClientRects(): Iterable<{ top: number }> }
      }
      innerWidth: number
      scrollX: number
      getComputedStyle(part: Part): { visibility: string; overflowX: string }
    }
    interface Part {
      scrollWidth: number
      clientWidth: number
      textContent: string
      matches(selector: string): boolean
      closest(selector: string): Part | null
      querySelector(selector: string): Part | null
      getBoundingClientRect(): { top: number; left: number; right: number; width: number }
    }
    const found: string[] = []
    const { documentElement: root } = document
    if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide`)
    const main = document.querySelector('main')!
    if (main.scrollWidth > main.clientWidth) found.push(`main is ${main.scrollWidth} wide`)
    const words = (part: Part): string => part.textContent.trim().slice(0, 30)
    for (const control of document.querySelectorAll('button, nav a, .btn')) {
      const { left, right, width } = control.getBoundingClientRect()
      if (width === 0 || control.matches('.skip, .find') || getComputedStyle(control).visibility === 'hidden') continue
      if (control.querySelector('.cut, .badge') === null && control.scrollWidth > control.clientWidth + 1)
        found.push(`cut: ${words(control)}`)
      // What scrolls for itself may have more to its right.
      const scrolls = control.closest('.filters, .log-bars > .bar, .virtual, .scroll, .layer, :has(> table)') !== null
      if (!scrolls && (left + scrollX < -1 || right > innerWidth + 1)) found.push(`outside: ${words(control)}`)
    }
    const names = [...document.querySelectorAll('.nav a span')].map((part) => part.getBoundingClientRect())
    if (names.some(({ top, right }, i) => names[i + 1]?.top === top && names[i + 1]!.left < right))
      found.push('the names of the pages overlap')
    for (const head of document.querySelectorAll('th, td.number')) {
      const range = document.createRange()
      range.selectNodeContents(head)
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
      if (head.querySelector('.hidden') === null && /^\S+$/.test(head.textContent) && lines.size > 1)
        found.push(`broken: ${words(head)}`)
    }
    return found
  })

async function expectNothingLost(page: Page): Promise<void> {
  const found: Record<string, string[]> = {}
  for (const [hash, there] of PAGES) {
    await go(page, hash)
    await page.locator(there).first().waitFor({ state: 'attached' })
    await settled(page)
    const here = await lost(page)
    if (here.length > 0) found[`${hash} at ${page.viewportSize()!.width} px`] = here
  }
  expect(found).toEqual({})
}

live('from 320 px to 2560 px no page scrolls sideways, and nothing is cut off', { timeout: 240_000 }, async () => {
  await stage(await usual.home())
  const page = await usual.open({ viewport: { width: 320, height: 640 } })
  for (const [width, height] of [
    [320, 640],
    [390, 844],
    [820, 1180],
    [1440, 900],
    [2560, 1440],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expectNothingLost(page)
  }
})

live('with text at 200 % neither, in a window and on a phone', { timeout: 240_000 }, async () => {
  await stage(await large.home())
  const page = await large.open({ viewport: { width: 1280, height: 900 } })
  await expectNothingLost(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNothingLost(page)
})
