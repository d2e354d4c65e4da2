/** The outbox alone: whatever part of what was sent had arrived, in the end every row has arrived once and in order. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, Outbox } from '../../src/lib/outbox.ts'

let made = 0
const result = (row: unknown, settle: (index: number | null) => void = () => undefined): Entry => ({
  kind: 'result',
  row,
  json: JSON.stringify(row),
  key: `k${++made}`,
  settle,
})

test('over any number of lost connections, with rows that are equal too', () => {
  const rows = fc.array(fc.oneof(fc.constantFrom(1, 2), fc.record({ a: fc.integer({ max: 3, min: 0 }) })), { maxLength: 200 })
  // Each connection takes so many rows before it breaks, and confirms only some of them.
  const lives = fc.array(fc.record({ takes: fc.nat(80), confirms: fc.nat(80) }), { maxLength: 8 })
  fc.assert(
    fc.property(rows, lives, (told, broken) => {
      const outbox = new Outbox()
      for (const row of told) expect(outbox.add(result(row))).toBe(true)
      const stored = new Map<string, unknown>()
      for (const life of [...broken, { takes: Number.POSITIVE_INFINITY, confirms: Number.POSITIVE_INFINITY }]) {
        outbox.sendAgain()
        const sent: Entry[] = []
        let taken = 0
        for (;;) {
          const entry = outbox.next()
          if (entry) {
            sent.push(entry)
            if (taken < life.takes && entry.kind === 'result') {
              taken++
              // As the daemon: a key that it knows is not stored again.
              if (!stored.has(entry.key)) stored.set(entry.key, JSON.parse(entry.json))
            }
            continue
          }
          // The window is full or nothing is left: the daemon confirms from the front, while it lives.
          const first = sent[0]
          if (!first || taken < sent.length || life.confirms <= 0) break
          life.confirms--
          taken--
          sent.shift()
          outbox.drop(first)
        }
      }
      expect([...stored.values()]).toEqual(told)
      expect(outbox.size).toBe(0)
    }),
  )
})

test('the latest progress wins while one is under way, and metadata is merged', () => {
  const outbox = new Outbox()
  const update = (update: object) => outbox.add({ kind: 'progress', update })
  update({ progress: 1 })
  const first = outbox.next()!
  update({ progress: 2, metadata: { a: 1 } })
  update({ progress: 3, metadata: { b: 2 } })
  update({ message: 'm' })
  expect(outbox.next()).toBeNull()
  outbox.drop(first)
  expect(outbox.next()).toEqual({ kind: 'progress', update: { progress: 3, message: 'm', metadata: { a: 1, b: 2 } } })
})

test('it is bounded in number and in bytes, and what is given up is said', () => {
  const many = new Outbox()
  for (let n = 0; n < 10_000; n++) expect(many.add(result(n))).toBe(true)
  expect(many.add(result('one more'))).toBe(false)
  const large = new Outbox()
  const settled: (number | null)[] = []
  const row = 'x'.repeat(1024 * 1024)
  let taken = 0
  while (large.add(result(row, (index) => settled.push(index)))) taken++
  expect(taken).toBe(31)
  expect(large.clear()).toBe(31)
  expect(settled).toEqual(Array.from({ length: 31 }, () => null))
  expect(large.add(result(row))).toBe(true)
})
