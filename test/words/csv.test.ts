import { expect, test } from 'vitest'
import { csv } from '../../src/words/csv.ts'

test('quotes what needs it, leaves out what is not there, and writes objects as JSON', () => {
  expect(
    csv([
      ['name', 'n', 'ok'],
      ['a,"b"\nc', -1.5, true],
      [null, undefined, false],
      [{ a: [1] }, '', 'x'],
    ]),
  ).toBe('name,n,ok\n"a,""b""\nc",-1.5,true\n,,false\n"{""a"":[1]}",,x\n')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('a spreadsheet does not take %j for a formula', (text) => {
  expect(csv([[text]]).replaceAll('"', '')).toBe(`'${text}\n`)
})
