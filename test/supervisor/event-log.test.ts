import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import { EventLog } from '../../src/supervisor/event-log.ts'

const clock = { wall: () => Date.parse('2030-01-01T00:00:00.000Z') }
const make = (capacity: number): EventLog => new EventLog({ epoch: 'e', clock, capacity })

test('an event is flat, numbered from 1 and carries its process', () => {
  const log = make(10)
  const event = log.publish('processStarted', { name: 'web', id: 'a1' }, { run: 3, pid: 7, adopted: false })
  expect(event).toEqual({
    seq: 1,
    at: '2030-01-01T00:00:00.000Z',
    type: 'processStarted',
    process: 'web',
    id: 'a1',
    run: 3,
    pid: 7,
    adopted: false,
  })
  expect(log.publish('initialized', null, { adopted: 0, lost: 0, processes: 0, restarted: false })).toMatchObject({
    seq: 2,
    process: null,
    id: null,
  })
})

test('since() gives exactly what is missing, or null once it is no longer held', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: -2, max: 70 }),
      (capacity, count, since) => {
        const log = make(capacity)
        for (let n = 0; n < count; n++) log.publish('paused', null, { run: n })
        const events = log.since(since)
        const held = since >= Math.max(0, count - capacity) && since <= count
        expect(log.holdsAfter(since)).toBe(held)
        expect(events?.map((event) => event.seq) ?? null).toEqual(
          held ? Array.from({ length: count - since }, (_, i) => since + i + 1) : null,
        )
      },
    ),
  )
})

test('large events push out more of the others than small ones, and the newest is always held', () => {
  const log = new EventLog({ epoch: 'e', clock, capacity: 100, maxChars: 1000 })
  const say = (message: string) => log.publish('processError', null, { run: 1, code: '', message })
  for (let n = 0; n < 50; n++) say('')
  expect([log.oldest, log.since(0)]).toEqual([expect.any(Number), null])
  const smallHeld = log.seq - log.oldest + 1
  expect(smallHeld).toBeGreaterThan(20)
  say('x'.repeat(700))
  expect(log.seq - log.oldest + 1).toBeLessThan(smallHeld / 2)
  expect(log.at(log.oldest)?.seq).toBe(log.oldest)
  expect(log.at(log.oldest - 1)).toBeNull()
  say('y'.repeat(5000))
  expect([log.oldest, log.since(log.seq - 1)?.length, log.holdsAfter(log.seq - 2)]).toEqual([52, 1, false])
  say('')
  expect([log.oldest, log.since(log.seq - 1)?.length]).toEqual([53, 1])
})

test('at() finds each held event and nothing else', () => {
  const log = make(4)
  for (let n = 1; n <= 9; n++) log.publish('paused', null, { run: n })
  expect([5, 6, 9, 10, 0, -1].map((seq) => log.at(seq)?.seq ?? null)).toEqual([null, 6, 9, null, null, null])
})

test('listeners see one order even when one of them publishes', () => {
  const log = make(10)
  const seen: number[] = []
  log.onEvent((event: PtrackEvent) => {
    if (event.type === 'paused') log.publish('resumed', null, { run: 1 })
  })
  const stop = log.onEvent((event) => seen.push(event.seq))
  log.publish('paused', null, { run: 1 })
  expect(seen).toEqual([1, 2])
  stop()
  log.publish('cancelled', null, { run: 1 })
  expect(seen).toEqual([1, 2])
})
