import fc from 'fast-check'
import { expect, test } from 'vitest'
import { iso, isoOrNull } from '../../src/core/iso.ts'
import { runs } from '../support/effort.ts'

test('is what Date says, for every moment there is', () => {
  const moment = fc.oneof(
    fc.integer({ min: 0, max: 8.64e15 }),
    fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 0) + 600_000 }),
    fc.double({ min: 0, max: 8.64e15, noNaN: true }),
    fc.integer({ min: -8.64e15, max: 0 }),
  )
  fc.assert(
    fc.property(moment, (ms) => {
      // `expect` would take longer than what is tried.
      if (iso(ms) !== new Date(ms).toISOString()) throw new Error(`${ms} is written as ${iso(ms)}`)
    }),
    { numRuns: runs(20_000) },
  )
})

test('what is no moment is refused, as by Date', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1]) expect(() => iso(ms)).toThrow(RangeError)
  expect(isoOrNull(null)).toBeNull()
  expect(isoOrNull(0)).toBe('1970-01-01T00:00:00.000Z')
})
