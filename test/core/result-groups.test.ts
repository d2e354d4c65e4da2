/** Grouping row by row against grouping all at once. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ResultGroups } from '../../src/core/result-groups.ts'
import { LastAttempts } from '../../src/protocol/attempts.ts'
import type { ResultRow } from '../../src/protocol/history.ts'
import { runs } from '../support/effort.ts'

const row = (run: number, attempt: number | null, row: unknown): ResultRow => ({ index: 1, at: '', run, attempt, row })
const grouping = { measure: 'score', by: 'model', and: 'prompt', most: 100 }

test('by two fields, of the last attempts or of all, as all at once', () => {
  const one = fc.record({
    run: fc.integer({ min: 1, max: 6 }),
    retried: fc.boolean(),
    model: fc.constantFrom('a', 'b', undefined),
    prompt: fc.constantFrom(1, 'x'),
    score: fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom('none', null, Number.NaN)),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 40 }), fc.constantFrom('all' as const, 'last' as const), (rows, attempts) => {
      // Runs 1 to 3 are attempts of one job, and so are those from 4 on.
      const results = rows.map(({ run, retried: _, ...fields }) => row(run, run <= 3 ? run : run - 3, fields))
      const groups = new ResultGroups(grouping)
      for (const result of results) groups.add(result)
      const last = LastAttempts.of(results)
      const counted = results.filter((result) => attempts === 'all' || last.has(result))
      const expected = new Map<string, number[]>()
      for (const { row } of counted) {
        const { model, prompt, score } = row as { model?: string; prompt: unknown; score: unknown }
        if (typeof score !== 'number' || Number.isNaN(score)) continue
        const key = `${model ?? ''} ${prompt}`
        expected.set(key, [...(expected.get(key) ?? []), score])
      }
      const found = groups.groups(attempts)
      expect(found.map(({ keys }) => keys.join(' ')).sort()).toEqual([...expected.keys()].sort())
      for (const { keys, count, mean, min, max } of found) {
        const values = expected.get(keys.join(' '))!
        expect([count, min, max]).toEqual([values.length, Math.min(...values), Math.max(...values)])
        expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 9)
      }
    }),
    { numRuns: runs(200) },
  )
})

test('a row that is no object has the field value; beyond the most, groups are counted only', () => {
  const groups = new ResultGroups({ measure: 'value', by: 'value', and: null, most: 2 })
  for (const value of [3, 20, 3, 100]) groups.add(row(1, 1, value))
  expect(groups.groups('last').map(({ keys, count }) => [keys, count])).toEqual([
    [['3', null], 2],
    [['20', null], 1],
  ])
  expect(groups.left).toBe(1)
})
