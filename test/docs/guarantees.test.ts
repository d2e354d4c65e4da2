/** docs/guarantees.md names tests: they are there, every promise has one, and no test of faults is left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/bundle.ts'

const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8')
const [promises, tests] = page.split('## How it is tested') as [string, string]
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (?!---|what happens )(.+) \|$/gm)].map((match) => match[1]!.split(' | '))
const named = rowsOf(tests).map(([what, file, title]) => ({ what: what!, file: file!.slice(1, -1), title: title!.slice(1, -1) }))

test.each(named)('$file: $title', ({ file, title }) => {
  expect(existsSync(join(root, file))).toBe(true)
  // As it stands in the source, whatever quotes it is in.
  expect(readFileSync(join(root, file), 'utf8').replaceAll('\\', '')).toContain(title)
})

test('every row has its test, and every test its row', () => {
  const rows = rowsOf(promises).map(([what]) => what!)
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter((row) => !named.some(({ what }) => row.startsWith(what)))).toEqual([])
  expect(named.filter(({ what }) => !rows.some((row) => row.startsWith(what)))).toEqual([])
})

test('every test of faults is named', () => {
  const faults = readdirSync(join(root, 'test/faults')).filter((name) => name.endsWith('.test.ts'))
  expect(faults.filter((name) => !page.includes(`test/faults/${name}`))).toEqual([])
})
