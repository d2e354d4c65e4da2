import { expect, test } from 'vitest'
import { oneOrMany } from '../../../src/cli/output/one-or-many.ts'

const shown = (...names: string[]) => names.map((name) => ({ name }))

test.each([
  ['the exact name of one process', ['api'], ['api'], 'object'],
  ['the exact name of one instance', ['api:0'], ['api:0'], 'object'],
  ['an id, a number, a pid', ['7'], ['web'], 'object'],
  ['a set of several', ['api'], ['api:0', 'api:1'], 'array'],
  ['a set that has one instance', ['api'], ['api:3'], 'array'],
  ['a set with the process that it was scaled from', ['api'], ['api', 'api:1'], 'array'],
  ['a glob that matches one', ['ap*'], ['api'], 'array'],
  ['a tag that one has', ['tag:x'], ['api'], 'array'],
  ['all there is, which is one', ['all'], ['api'], 'array'],
  ['one process named twice', ['api', '7'], ['api'], 'array'],
  ['a name that only begins alike', ['7'], ['7a:0'], 'object'],
])('%s', (_what, targets, names, shape) => {
  const given = shown(...names)
  expect(oneOrMany(targets, given, ({ name }) => name)).toBe(shape === 'object' ? given[0] : given)
})
