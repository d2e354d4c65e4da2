/** Back in the page undoes one step, and brings back where a list was scrolled to. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { live, row, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, open } = useBrowser()

const scrolled = (page: Page, list: string): Promise<number> =>
  page.locator(list).evaluate((box) => Math.round((box as unknown as { scrollTop: number }).scrollTop))

live(
  'the list is where it was, with its filter, after a look at a process; a fresh one begins at its top',
  { timeout: 120_000 },
  async () => {
    const t = await home()
    await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '3'])
    for (let i = 0; i < 60; i++)
      await t.request('start', { definition: { name: `p${i}`, command: ['sleep', '1000'], cwd: '/' }, stopped: true })
    // Too narrow for the process to be beside the list: a row leads to its own page.
    const page = await open({ viewport: { width: 1000, height: 700 }, at: '#/processes?sort=name' })
    await row(page, 'p0').waitFor()
    await page.locator('.virtual.grid').hover()
    await page.mouse.wheel(0, 900)
    await t.until(async () => (await scrolled(page, '.virtual.grid')) === 900, 'it is scrolled')
    await row(page, 'p26').getByRole('link', { name: 'p26' }).click()
    await page.getByRole('heading', { name: 'p26' }).waitFor()
    await page.goBack()
    await page.waitForURL(/#\/processes\?sort=name$/)
    await t.until(async () => (await scrolled(page, '.virtual.grid')) === 900, 'it is where it was')
    await page.reload()
    await t.until(async () => (await scrolled(page, '.virtual.grid')) === 900, 'also after a reload')
    // The same by the timeline.
    await page.getByRole('link', { name: 'Timeline' }).click()
    await page.locator('.tl-row').first().waitFor()
    expect(await scrolled(page, '.tl-lanes')).toBe(0)
    await page.getByRole('link', { name: 'Processes' }).click()
    await row(page, 'p0').waitFor()
    expect(await scrolled(page, '.virtual.grid')).toBe(0)
  },
)
