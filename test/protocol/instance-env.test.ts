/** Variables of instances: those that were named, and how those beyond them count on. */
import { expect, test } from 'vitest'
import { instanceVariables } from '../../src/protocol/instance-env.ts'

const each = (...values: string[]) => values.map((A) => ({ A }))

test.each([
  ['as named', each('x', 'y'), 1, 'y'],
  ['counting on', each('0', '1'), 4, '4'],
  ['by tens', each('5000', '5010', '5020'), 3, '5030'],
  ['behind a word', each('web.1', 'web.2'), 2, 'web.3'],
  ['with zeros in front', each('08', '09'), 3, '11'],
  ['down to nothing', each('1', '0'), 2, '0'],
  ['unevenly', each('1', '2', '4'), 3, '4'],
  ['of different words', each('a1', 'b2'), 2, 'b2'],
  ['of one alone', each('7'), 3, '7'],
  ['longer than numbers are exact', each('12345678901234567', '12345678901234568'), 2, '12345678901234568'],
])('%s', (_what, variables, index, value) => {
  expect(instanceVariables(variables, index)).toEqual({ A: value })
})

test('none where none were named; a variable that only some have stays as the last has it', () => {
  expect(instanceVariables([], 3)).toEqual({})
  expect(instanceVariables([{ A: '1' }, { A: '2', B: 'x1' }], 2)).toEqual({ A: '3', B: 'x1' })
})
