import { expect, test } from 'vitest'
import { createStyle } from '../../../src/cli/output/style.ts'
import { table } from '../../../src/cli/output/table.ts'
import { displayWidth } from '../../../src/words/text.ts'

interface Row {
  name: string
  count: number
  why: string
}

const style = createStyle(false)
const ROWS: Row[] = [
  { name: 'web', count: 1, why: 'it is well' },
  { name: '日本', count: 20, why: 'the port 3000 is held by another program; stop it, or choose another port' },
]
const draw = (width: number | null, rows = ROWS, indent = ''): string[] =>
  table(
    { style, width },
    rows,
    [
      { title: 'name', of: ({ name }) => name, shrinkTo: 3 },
      { title: 'count', of: ({ count }) => String(count), align: 'right', dropOrder: 1 },
      { title: 'why', of: ({ why }) => why, wrap: true },
    ],
    indent,
  )

test('a pipe gets plain columns, one line a row, nothing cut', () => {
  expect(draw(null)).toEqual([
    'name  count  why',
    'web       1  it is well',
    '日本     20  the port 3000 is held by another program; stop it, or choose another port',
  ])
})

test('a terminal gets lines, and sentences go on below', () => {
  expect(draw(50, ROWS, '  ')).toEqual([
    '  ┌──────┬───────┬───────────────────────────────┐',
    '  │ name │ count │ why                           │',
    '  ├──────┼───────┼───────────────────────────────┤',
    '  │ web  │     1 │ it is well                    │',
    '  │ 日本 │    20 │ the port 3000 is held by      │',
    '  │      │       │ another program; stop it, or  │',
    '  │      │       │ choose another port           │',
    '  └──────┴───────┴───────────────────────────────┘',
  ])
})

test.each([30, 40, 60, 80, 200])('no line is wider than %d columns', (width) => {
  for (const line of draw(width, ROWS, '  ')) expect(displayWidth(line)).toBeLessThanOrEqual(width)
})

test('many rows are not drawn', () => {
  const many = Array.from({ length: 1000 }, (_, n) => ({ name: `job-${n}`, count: n, why: '' }))
  expect(draw(80, many)).toHaveLength(1001)
})
