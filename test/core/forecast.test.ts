/** Expected starts against the limits themselves: nothing is foretold that would break one, and nothing earlier than possible. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedStarts, type Holder, type Waiter } from '../../src/core/forecast.ts'
import { runs } from '../support/effort.ts'

const limits = (global: number | null, types: Record<string, number> = {}) => ({ global, owners: {}, types })
const waiter = (id: string, tookMs: number | null, type = 'job'): Waiter => ({ id, owner: 'me', type, tookMs })
const holder = (endsAtMs: number | null, type = 'job'): Holder => ({ owner: 'me', type, endsAtMs })

test('each begins when the slot before it is free', () => {
  const starts = expectedStarts(100, limits(1), [holder(150)], [waiter('a', 30), waiter('b', 20), waiter('c', null)])
  expect([...starts]).toEqual([
    ['a', 150],
    ['b', 180],
    ['c', 200],
  ])
})

test('behind a job of which nobody knows how long it takes nothing is foretold', () => {
  expect([...expectedStarts(0, limits(1), [holder(null)], [waiter('a', 1)])]).toEqual([])
  expect([...expectedStarts(0, limits(1), [], [waiter('a', null), waiter('b', 1)])]).toEqual([['a', 0]])
})

test('one that another limit keeps lets others go first', () => {
  const starts = expectedStarts(0, limits(2, { gpu: 1 }), [holder(90, 'gpu')], [waiter('g', 5, 'gpu'), waiter('x', 10)])
  expect([...starts]).toEqual([
    ['x', 0],
    ['g', 90],
  ])
})

test('a holder that is overdue is expected to end now, not in the past', () => {
  expect(expectedStarts(100, limits(1), [holder(20)], [waiter('a', 1)]).get('a')).toBe(100)
})

test('no limit is exceeded at any time that is foretold', () => {
  const types = ['a', 'b', 'c']
  const some = fc.record({
    type: fc.constantFrom(...types),
    owner: fc.constantFrom('x', 'y'),
    ms: fc.option(fc.integer({ min: 1, max: 50 })),
  })
  fc.assert(
    fc.property(
      fc.array(some, { maxLength: 6 }),
      fc.array(some, { maxLength: 12 }),
      fc.option(fc.integer({ min: 1, max: 4 })),
      fc.dictionary(fc.constantFrom(...types), fc.integer({ min: 1, max: 3 })),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.integer({ min: 1, max: 3 })),
      (held, queued, global, typeLimits, owners) => {
        const rules = { global, owners, types: typeLimits }
        const holders = held.map(({ ms, ...lane }) => ({ ...lane, endsAtMs: ms }))
        const queue = queued.map(({ ms, ...lane }, index) => ({ ...lane, id: String(index), tookMs: ms }))
        const starts = expectedStarts(10, rules, holders, queue)
        const all = [
          ...holders.map(({ endsAtMs, ...lane }) => ({
            ...lane,
            from: 10,
            to: endsAtMs === null ? Number.POSITIVE_INFINITY : Math.max(10, endsAtMs),
            foretold: false,
          })),
          ...queue.flatMap(({ id, tookMs, ...lane }) => {
            const from = starts.get(id)
            return from === undefined
              ? []
              : [{ ...lane, from, to: tookMs === null ? Number.POSITIVE_INFINITY : from + tookMs, foretold: true }]
          }),
        ]
        for (const one of all.filter(({ foretold }) => foretold)) {
          const then = all.filter((other) => other === one || (other.from <= one.from && other.to > one.from))
          // Held slots may be more than the limit, which was lowered since: then nothing of theirs begins.
          expect(then.length).toBeLessThanOrEqual(global ?? Number.POSITIVE_INFINITY)
          const ofType = then.filter(({ type }) => type === one.type).length
          expect(ofType).toBeLessThanOrEqual(typeLimits[one.type] ?? Number.POSITIVE_INFINITY)
          expect(then.filter(({ owner }) => owner === one.owner).length).toBeLessThanOrEqual(
            owners[one.owner] ?? Number.POSITIVE_INFINITY,
          )
        }
      },
    ),
    { numRuns: runs(300) },
  )
})
