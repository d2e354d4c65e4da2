/** The queue against a model so simple that it cannot be wrong: a list, sorted and searched anew each time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JobQueue, type Waiting } from '../../src/core/queue.ts'
import type { QueueLimits } from '../../src/protocol/settings.ts'
import { runs } from '../support/effort.ts'

const none: QueueLimits = { global: null, owners: {}, types: {} }
const job = (id: string, given: Partial<Waiting> = {}): Waiting => ({
  id,
  owner: 'me',
  type: 'job',
  priority: 0,
  turn: Number(id),
  ...given,
})

const of = (limits: Record<string, number>, key: string): number =>
  new Map(Object.entries(limits)).get(key) ?? Number.POSITIVE_INFINITY

class Model {
  waiting: Waiting[] = []
  slots = new Map<string, { owner: string; type: string }>()
  limits = none

  sorted(): Waiting[] {
    return this.waiting.toSorted((a, b) => b.priority - a.priority || a.turn - b.turn)
  }

  room({ owner, type }: { owner: string; type: string }): boolean {
    const held = [...this.slots.values()]
    const { global, owners, types } = this.limits
    return (
      held.length < (global ?? Number.POSITIVE_INFINITY) &&
      held.filter((slot) => slot.owner === owner).length < of(owners, owner) &&
      held.filter((slot) => slot.type === type).length < of(types, type)
    )
  }
}

type Command =
  | { do: 'add'; owner: string; type: string; priority: number }
  | { do: 'remove' | 'release'; nth: number }
  | { do: 'begin' }
  | { do: 'limit'; limits: QueueLimits }

const owner = fc.constantFrom('ann', 'ben', 'cai')
const type = fc.constantFrom('build', 'benchmark', '__proto__')
const few = fc.integer({ min: 1, max: 3 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('add' as const), owner, type, priority: fc.integer({ min: -1, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'release' as const), nth: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'begin' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('limit' as const),
      limits: fc.record({
        global: fc.option(few),
        owners: fc.dictionary(owner, few, { noNullPrototype: true }),
        types: fc.dictionary(fc.constantFrom('build', 'benchmark'), few, { noNullPrototype: true }),
      }),
    }),
  },
)

test('it answers as a sorted list does, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
      const queue = new JobQueue()
      const model = new Model()
      let turn = 0
      for (const each of commands) {
        switch (each.do) {
          case 'add': {
            const { do: _, ...given } = each
            const entry = { ...given, id: `j${++turn}`, turn }
            queue.add(entry)
            model.waiting.push(entry)
            break
          }
          case 'remove': {
            const id = model.waiting[each.nth]?.id ?? 'nobody'
            expect(queue.remove(id)).toBe(id !== 'nobody')
            model.waiting = model.waiting.filter((entry) => entry.id !== id)
            break
          }
          case 'release': {
            const id = [...model.slots.keys()][each.nth] ?? 'nobody'
            expect(queue.release(id)).toBe(model.slots.delete(id))
            break
          }
          case 'begin': {
            const expected = model.sorted().find((entry) => model.room(entry)) ?? null
            const next = queue.next()
            expect(next).toEqual(expected)
            if (next === null) break
            queue.remove(next.id)
            queue.hold(next.id, next)
            model.waiting = model.waiting.filter((entry) => entry.id !== next.id)
            model.slots.set(next.id, next)
            break
          }
          case 'limit':
            queue.setLimits(each.limits)
            model.limits = each.limits
        }
        expect(queue.size).toBe(model.waiting.length)
        expect(queue.live).toBe(model.slots.size)
        const sorted = model.sorted()
        for (const [at, entry] of sorted.entries()) expect(queue.positionOf(entry.id)).toBe(at + 1)
        expect(queue.head(3)).toEqual(sorted.slice(0, 3))
        for (const lane of [job('0', { owner: 'ann', type: 'build' }), job('0', { owner: 'cai', type: '__proto__' })])
          expect(queue.limitHit(lane) === null).toBe(model.room(lane))
      }
    }),
    { numRuns: runs(300) },
  )
})

describe('limits', () => {
  test('the limit that was met is named', () => {
    const queue = new JobQueue()
    queue.setLimits({ global: 3, owners: { ci: 2 }, types: { benchmark: 1 } })
    queue.hold('1', job('1', { owner: 'ci', type: 'benchmark' }))
    expect(queue.limitHit(job('2', { type: 'benchmark' }))).toEqual({ limit: 'type benchmark', value: 1 })
    expect(queue.limitHit(job('2', { owner: 'ci' }))).toBeNull()
    queue.hold('2', job('2', { owner: 'ci' }))
    expect(queue.limitHit(job('3', { owner: 'ci' }))).toEqual({ limit: 'owner ci', value: 2 })
    queue.hold('3', job('3'))
    expect(queue.limitHit(job('4'))).toEqual({ limit: 'global', value: 3 })
  })

  test('a slot is held once, however often it is told', () => {
    const queue = new JobQueue()
    queue.hold('1', job('1'))
    queue.hold('1', job('1', { owner: 'other' }))
    expect(queue.live).toBe(1)
    expect(queue.release('1')).toBe(true)
    expect(queue.release('1')).toBe(false)
    expect(queue.live).toBe(0)
  })
})

test('ten thousand blocked jobs of one owner are not looked at one by one', () => {
  const queue = new JobQueue()
  queue.setLimits({ global: null, owners: { ci: 1 }, types: {} })
  queue.hold('held', job('0', { owner: 'ci' }))
  let looks = 0
  for (let n = 1; n <= 10_000; n++) {
    const entry = job(String(n), { owner: 'ci', priority: 5 })
    queue.add(
      new Proxy(entry, {
        get: (target, key) => {
          looks++
          return Reflect.get(target, key) as unknown
        },
      }),
    )
  }
  queue.add(job('10001'))
  looks = 0
  expect(queue.next()?.id).toBe('10001')
  expect(looks).toBe(0)
  expect(queue.positionOf('10001')).toBe(10_001)
  // A place is found by going down a tree: with some thirty steps of a few fields each.
  expect(looks).toBeLessThan(500)
})
