/** Rows of results in the page: the table, its export into a spreadsheet, and charts by any two fields. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { go, live, useBrowser } from '../support/browser.ts'
import type { TestHome } from '../support/daemon.ts'

const { home, open } = useBrowser()

/** A job that tells rows, and goes on with those of `more` when it is there. */
async function tells(t: TestHome, name: string, rows: readonly object[], more: readonly object[] = []): Promise<() => void> {
  const text = (all: readonly object[]): string => all.map((result) => `::ptrack ${JSON.stringify({ result })}\n`).join('')
  const [first, second] = [join(t.dir, `${name}.first`), join(t.dir, `${name}.second`)]
  writeFileSync(first, text(rows))
  const script = `cat ${first}; while [ ! -e ${second} ]; do sleep 0.1; done; cat ${second}; exec sleep 1000`
  await t.here.ok(['run', '-d', '--name', name, '--', 'sh', '-c', script])
  await t.until(async () => (await t.ls(name))?.results === rows.length, 'its rows are known')
  // By its name only when it is whole: the job reads once, and a file that was only just created is empty.
  return () => {
    writeFileSync(`${second}.part`, text(more))
    renameSync(`${second}.part`, second)
  }
}

async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()])
  return readFileSync((await download.path())!, 'utf8')
}

/** RFC 4180 but for the ends of lines, as a spreadsheet reads it. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
    if (end === '') break
  }
  return rows.slice(0, -1)
}

live('newest first, the last 50 or as many as the settings say, live; exported whole', { timeout: 120_000 }, async () => {
  const t = await home()
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ model: `m${(from + i) % 2}`, score: from + i }))
  const goOn = await tells(t, 'rows', numbered(1, 60), numbered(61, 62))
  const page = await open()
  await go(page, '#/process/rows/results')
  await page.getByText('The last 50 of 60 rows, newest first').waitFor()
  expect(await page.locator('tbody tr').count()).toBe(50)
  const numbers = () => page.locator('tbody tr td:first-child').allTextContents()
  expect(await numbers()).toEqual(Array.from({ length: 50 }, (_, i) => String(60 - i)))
  expect(await page.locator('tbody tr').first().locator('td').allTextContents()).toEqual([
    '60',
    expect.any(String),
    '1',
    '1',
    'm0',
    '60',
  ])
  goOn()
  await page.getByText('The last 50 of 62 rows, newest first').waitFor()
  expect((await numbers()).slice(0, 2)).toEqual(['62', '61'])
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('Rows of results').fill('5')
  await page.keyboard.press('Tab')
  await page.getByText('The last 5 of 62 rows, newest first').waitFor()
  expect(await numbers()).toEqual(['62', '61', '60', '59', '58'])
  // Kept over a reload, and an export has all of them.
  await page.reload()
  await page.getByText('The last 5 of 62 rows, newest first').waitFor()
  expect(cellsOf(await saved(page, 'Export CSV'))).toHaveLength(63)
  expect((JSON.parse(await saved(page, 'Export JSON')) as { row: object }[]).map(({ row }) => row)).toEqual(numbered(1, 62))
})

live('an export is read by a spreadsheet as what was told, and starts no formula', { timeout: 120_000 }, async () => {
  const t = await home()
  const texts = ['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', `=cmd|'/c calc'!A1`, 'a,"b"\r\nc', ' plain ', 'ü€', '']
  await tells(t, 'rows', [...texts.map((text) => ({ text, n: -5, '=HEAD()': true })), { text: ['=1', { a: '=2' }], n: 1e21 }])
  const page = await open()
  await go(page, '#/process/rows/results')
  await page.getByText('12 rows, newest first').waitFor()
  const [head, ...rows] = cellsOf(await saved(page, 'Export CSV'))
  expect(head).toEqual(['index', 'at', 'run', 'attempt', 'text', 'n', `'=HEAD()`])
  const read = rows.map(([, , , , text]) => text!)
  expect(read.slice(0, 7)).toEqual(texts.slice(0, 7).map((text) => `'${text}`))
  expect(read.slice(7, 11)).toEqual(texts.slice(7))
  expect(read[11]).toBe('["=1",{"a":"=2"}]')
  expect(rows.map((each) => each[5])).toEqual([...texts.map(() => '-5'), '1e+21'])
  expect(rows.every((each) => each.length === 7)).toBe(true)
})

live('charts: the mean of any number by any two fields, live; durations of runs', { timeout: 120_000 }, async () => {
  const t = await home()
  const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({
    model: i % 2 ? 'small' : 'large',
    prompt: i < 4 ? 'plain' : 'chain',
    accuracy: i / 10,
    seconds: 10 + i,
    note: 'x',
  }))
  const goOn = await tells(t, 'rows', rows, [{ model: 'large', prompt: 'plain', accuracy: 0.9, seconds: 1 }])
  const page = await open()
  await go(page, '#/process/rows/charts')
  const bars = async () => {
    const all = await page.locator('[aria-label="Results"] .bars tr').all()
    return Promise.all(
      all.map(async (each) => [
        await each.getByRole('rowheader').textContent(),
        await each.locator('.number').textContent(),
        await each.locator('.bar-fill').evaluate((bar) => (bar as unknown as { style: { width: string } }).style.width),
      ]),
    )
  }
  await page.getByRole('table', { name: 'Mean of accuracy by model', exact: true }).waitFor()
  expect(await bars()).toEqual([
    ['large (4)', '0.3', '75%'],
    ['small (4)', '0.4', '100%'],
  ])
  await page.getByRole('combobox', { name: 'and', exact: true }).selectOption('prompt')
  await page.getByRole('table', { name: 'Mean of accuracy by model and prompt' }).waitFor()
  expect((await bars()).map(([key, mean]) => [key, mean])).toEqual([
    ['large · chain (2)', '0.5'],
    ['large · plain (2)', '0.1'],
    ['small · chain (2)', '0.6'],
    ['small · plain (2)', '0.2'],
  ])
  await page.getByRole('combobox', { name: 'Mean of', exact: true }).selectOption('seconds')
  await page.getByRole('combobox', { name: 'by', exact: true }).selectOption('prompt')
  await page.getByRole('combobox', { name: 'and', exact: true }).selectOption('')
  await page.getByRole('table', { name: 'Mean of seconds by prompt', exact: true }).waitFor()
  expect((await bars()).map(([key, mean]) => [key, mean])).toEqual([
    ['chain (4)', '15.5'],
    ['plain (4)', '11.5'],
  ])
  goOn()
  await page.getByRole('rowheader', { name: 'plain (5)' }).waitFor()
  // A line that is level has no height, which the browser's driver takes for hidden.
  await page.locator('.plot .line').first().waitFor({ state: 'attached' })
  await t.here.ok(['cancel', 'rows'])
  await page.getByRole('rowheader', { name: 'run 1, cancelled' }).waitFor()
})

live('charts of a job that was retried: the last attempt, or all when asked', { timeout: 120_000 }, async () => {
  const t = await home()
  const row = `echo "::ptrack {\\"result\\":{\\"model\\":\\"a\\",\\"score\\":\${PTRACK_RUN%%-*}}}"`
  const job = [
    '--name',
    'again',
    '--retries',
    '1',
    '--retry-initial',
    '10ms',
    '--',
    'sh',
    '-c',
    `${row}; ${row}; test \${PTRACK_RUN%%-*} = 2`,
  ]
  await t.here.ok(['run', '-d', ...job])
  await t.until(async () => (await t.ls('again'))?.status === 'done', 'its second attempt is through')
  const page = await open()
  await go(page, '#/process/again/charts')
  await page.getByRole('rowheader', { name: 'a (2)' }).waitFor()
  const mean = () => page.locator('[aria-label="Results"] .bars .number').textContent()
  expect(await mean()).toBe('2')
  await page.getByRole('combobox', { name: 'of attempts', exact: true }).selectOption('all')
  await page.getByRole('rowheader', { name: 'a (4)' }).waitFor()
  expect(await mean()).toBe('1.5')
})
