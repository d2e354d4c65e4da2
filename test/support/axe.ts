/** axe-core in the page of a browser. */
import axeCore from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { settled } from './browser.ts'

/** The whole of axe-core as text, to be run in the page. */
const axe = axeCore.source

const NAMES = ['button-name', 'link-name', 'label', 'select-name', 'aria-input-field-name']
/** What may be found in one layout and not in another. */
export const LAYOUT = ['color-contrast', 'scrollable-region-focusable', 'meta-viewport', ...NAMES]

/** What the law asks for (WCAG 2.2 AA), and what is good besides; some of it is off unless it is named. */
const ALL = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** `rules`: these only, and not all there are. */
export async function expectNothingFound(page: Page, what: string, rules?: string[]): Promise<void> {
  await settled(page)
  // In the page's own world, where its policy forbids added scripts: evaluated, not inserted.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  const { violations } = await page.evaluate(
    (runOnly) =>
      (
        globalThis as unknown as {
          axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
      ).axe.run({
        // Where else a rule was kept, and how each element is found again, is more work than the rules.
        ...{ resultTypes: ['violations'], selectors: false },
        runOnly,
      }),
    rules ?? ALL,
  )
  expect({ what, found: violations.map(({ id, nodes }) => [id, nodes[0]!.html]) }).toEqual({ what, found: [] })
}
