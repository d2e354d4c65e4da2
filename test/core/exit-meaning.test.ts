import { expect, test } from 'vitest'
import { asDefined } from '../../src/core/exit-meaning.ts'
import type { ExitFact } from '../../src/core/state.ts'
import { jobPolicy } from './support/tracked.ts'

const recorded: ExitFact = { kind: 'signal', signal: 'SIGINT', inferred: true, code: 130 }
const seen: ExitFact = { kind: 'signal', signal: 'SIGINT', inferred: false }

test('128+n is a code where the definition names it, and a signal elsewhere', () => {
  expect(asDefined(recorded, { ...jobPolicy, okExit: [0, 130] })).toEqual({ kind: 'code', code: 130 })
  expect(asDefined(recorded, { ...jobPolicy, noRestartExit: [130] })).toEqual({ kind: 'code', code: 130 })
  expect(asDefined(recorded, { ...jobPolicy, okExit: [0, 2, 131] })).toBe(recorded)
})

test('a signal that the kernel reported stays one', () => {
  expect(asDefined(seen, { ...jobPolicy, okExit: [130] })).toBe(seen)
  // As an older daemon saved it: without the number.
  expect(asDefined({ ...seen, inferred: true }, { ...jobPolicy, okExit: [130] })).toMatchObject({ kind: 'signal' })
})
