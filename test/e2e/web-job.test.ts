/** A job's own page: why it waits, how far it is, its attempts and steps along the time, what came out, how it ended. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { go, live, useBrowser } from '../support/browser.ts'
import { program } from '../support/daemon.ts'

const { home, open } = useBrowser()

const goal = (page: Page) => page.getByRole('region', { name: 'Progress', exact: true })
const falls = (page: Page, label: string) => page.getByRole('list', { name: label, exact: true }).getByRole('listitem')

live('why it waits: which limit, who has its place, and that it begins when that ends', { timeout: 120_000 }, async () => {
  const t = await home()
  await t.here.ok(['limits', 'set', '--type', 'build', '1'])
  await t.here.ok(['run', '-d', '--name', 'first', '--type', 'build', '--', program('waits.sh')])
  await t.here.ok(['run', '-d', '--name', 'second', '--type', 'build', '--', program('waits.sh')])
  const page = await open({ at: '#/process/second' })
  await goal(page).getByText('Next to start').waitFor()
  await goal(page).getByText('The limit type build lets 1 run at once.').waitFor()
  await goal(page).getByRole('link', { name: 'first' }).waitFor()
  await t.here.ok(['cancel', 'first'])
  await goal(page).getByText('Running').waitFor()
  // The wait stays on its page when it is over.
  await t.here.ok(['cancel', 'second'])
  await goal(page).getByText('Cancelled').waitFor()
  await go(page, '#/process/second/runs')
  await page.locator('tbody tr', { hasText: 'Cancelled' }).getByRole('link', { name: 'Log of run 1' }).click()
  await page.waitForURL(/second\/log\?run=1/)
  await page.getByTitle('All runs again').waitFor()
  // Deleted meanwhile: said in words.
  await t.here.ok(['delete', 'second'])
  await page.getByText('There is no such process.').waitFor()
})

live('attempts along the time with the backoff between them; the exit is said in words', { timeout: 120_000 }, async () => {
  const t = await home()
  const job = ['--retries', '2', '--retry-initial', '20ms', '--', 'sh', '-c', 'echo no luck >&2; exit 7']
  await t.ok(['run', '-d', '--name', 'flaky', ...job])
  await t.until(async () => (await t.ls('flaky'))?.status === 'failed', 'all its attempts have failed')
  const page = await open({ at: '#/process/flaky' })
  await goal(page).getByText('Exit code 7').waitFor()
  await falls(page, 'Attempts').nth(2).waitFor()
  expect(await falls(page, 'Attempts').locator('.name').allTextContents()).toEqual(['Attempt 1', 'Attempt 2', 'Attempt 3'])
  expect(await falls(page, 'Attempts').locator('rect.bad').count()).toBe(3)
  expect(await falls(page, 'Attempts').locator('rect.plan').count()).toBe(2)
  await page.getByRole('region', { name: 'Log' }).getByText('no luck').first().waitFor()
  // Who asked for it.
  await page.locator('.happened', { hasText: 'ptrack run -d --name flaky' }).waitFor()
  await go(page, '#/process/flaky/runs')
  await page.locator('tbody tr').nth(2).waitFor()
  expect(await page.locator('tbody tr td:nth-child(6)').allTextContents()).toEqual(['3', '2', '1'])
})

live('steps and results as they come; a table of means whose numbers are whole at any width', { timeout: 120_000 }, async () => {
  const t = await home()
  const gate = join(t.dir, 'gate')
  const report = (update: object): string => `echo '::ptrack ${JSON.stringify(update)}'`
  const rows = [0, 1, 2, 3].map((i) =>
    report({ result: { model: i % 2 ? 'small' : 'large', prompt: i < 2 ? 'plain' : 'chain', accuracy: 0.6497 + i / 10 } }),
  )
  const script = [
    report({
      step: { id: 'load', name: 'Load it', status: 'done', message: '<b>260</b>' },
      current: 4,
      total: 8,
      unit: 'batches',
    }),
    report({ step: { id: 'fit', name: 'Fit it', status: 'running' } }),
    ...rows,
    `while [ ! -e ${gate} ]; do sleep 0.1; done`,
    report({ step: { id: 'fit', name: 'Fit it', status: 'done' } }),
    'exec sleep 1000',
  ].join('\n')
  await t.here.ok(['run', '-d', '--name', 'work', '--title', 'Evaluate', '--', 'sh', '-c', script])
  const page = await open({ viewport: { width: 1440, height: 900 }, at: '#/process/work' })
  await goal(page).getByText('50%').waitFor()
  await goal(page).getByText('4/8 batches').waitFor()
  await page.getByText('1 of 2 done').waitFor()
  await falls(page, 'Steps').filter({ hasText: 'Load it' }).getByText('<b>260</b>').waitFor()
  await falls(page, 'Steps').filter({ hasText: 'Fit it' }).locator('rect.run').waitFor()
  const cell = (row: string, index: number) => page.locator('.matrix tbody tr', { hasText: row }).locator('td').nth(index)
  await t.until(async () => (await cell('small', 1).textContent()) === '0.7497', 'means are summed up by the daemon')
  expect(await page.locator('.matrix thead th').allTextContents()).toEqual(['model', 'chain', 'plain'])
  for (const width of [1440, 820, 390]) {
    await page.setViewportSize({ width, height: 900 })
    const heights = await page.locator('.matrix td, .bare tbody td.number').evaluateAll((cells) =>
      cells.map((cell) => {
        const { document } = globalThis as unknown as {
          document: { createRange(): { selectNodeContents(node: unknown): void; getClientRects(): ArrayLike<unknown> } }
        }
        const range = document.createRange()
        range.selectNodeContents(cell)
        return range.getClientRects().length
      }),
    )
    expect(heights.every((lines) => lines <= 1)).toBe(true)
    expect(
      await page.evaluate(
        () =>
          (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } }).document.documentElement
            .scrollWidth,
      ),
    ).toBe(width)
  }
  writeFileSync(gate, '')
  await page.getByText('2 of 2 done').waitFor()
  await page.setViewportSize({ width: 1440, height: 900 })
  await go(page, '#/process/work/results')
  await page.getByText('4 rows, newest first').waitFor()
  // With its date for who points at it.
  expect(await page.locator('tbody time').first().getAttribute('title')).toMatch(/20\d\d/)
})
