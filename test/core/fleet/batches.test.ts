/** Messages of events: what is read of them, by whom, and what of them is damaged. */
import { expect, test } from 'vitest'
import { eventLine, eventsOf, gapLine, headLine, isBeyond, type Reader, readHead } from '../../../src/core/fleet/batches.ts'

const END = { outbox: 'abc', segment: 3, offset: 120 }
const event = (seq: number, id: string | null) => ({
  seq,
  at: '2026-11-30T20:00:00.000Z',
  type: 'processExit',
  process: 'web',
  id,
})
const BATCH = [
  headLine(END),
  eventLine('e1', 'ann', event(1, 'a')),
  eventLine('e1', 'bob', event(2, 'b')),
  eventLine('e1', null, { ...event(3, null), type: 'initialized', process: null }),
  gapLine('4 events, which the disk did not take'),
].join('')

const ADMIN: Reader = { user: 'root', seesAll: () => true }
const numbers = (text: string, reader: Reader): unknown[] =>
  eventsOf(9, 'n2', text, reader).map((each) => ('gap' in each ? 'gap' : each.seq))

test('an admin reads all of it, with the number of the message and the node that the bus vouches for', () => {
  expect(eventsOf(9, 'n2', BATCH, ADMIN)).toEqual([
    { fleetSeq: 9, node: 'n2', epoch: 'e1', owner: 'ann', ...event(1, 'a') },
    { fleetSeq: 9, node: 'n2', epoch: 'e1', owner: 'bob', ...event(2, 'b') },
    { fleetSeq: 9, node: 'n2', epoch: 'e1', owner: null, ...event(3, null), type: 'initialized', process: null },
    { fleetSeq: 9, node: 'n2', gap: '4 events, which the disk did not take' },
  ])
})

test('others read of their own processes, and nothing of the daemon', () => {
  const ann: Reader = { user: 'ann', seesAll: () => false }
  expect(numbers(BATCH, ann)).toEqual([1, 'gap'])
  expect(numbers(BATCH, { user: 'eve', seesAll: (node) => node === 'n2' })).toEqual([1, 2, 3, 'gap'])
  expect(numbers(BATCH, { user: 'eve', seesAll: (node) => node === 'n1' })).toEqual(['gap'])
  // No owner is nobody's, whatever somebody is called.
  expect(numbers(BATCH, { user: 'null', seesAll: () => false })).toEqual(['gap'])
})

test('a line that cannot be read costs itself alone; a message of another kind all of it', () => {
  const lines = BATCH.split('\n')
  const torn = [lines[0], lines[1]!.slice(0, 40), lines[2], '', '7', 'null', '[]', '{"epoch":1}', lines[3]].join('\n')
  expect(numbers(torn, ADMIN)).toEqual([2, 3])
  for (const text of ['', 'x', '{}', '{"v":2,"end":{"outbox":"a","segment":1,"offset":1}}\n', lines.slice(1).join('\n')])
    expect(numbers(text, ADMIN)).toEqual([])
})

test('a line does not say which node it is of', () => {
  const [only] = eventsOf(
    9,
    'n2',
    `${headLine(END)}${eventLine('e1', 'ann', { ...event(1, 'a'), node: 'n1', fleetSeq: 1 })}`,
    ADMIN,
  )
  expect([only!.node, only!.fleetSeq]).toEqual(['n2', 9])
})

test('where a message ends', () => {
  expect(readHead(BATCH)?.end).toEqual(END)
  expect(readHead('{"v":1,"end":{"outbox":"a","segment":"1","offset":1}}')).toBeNull()
  expect(isBeyond({ ...END, offset: 121 }, END)).toBe(true)
  expect(isBeyond({ ...END, segment: 2, offset: 999 }, END)).toBe(false)
  expect(isBeyond(END, END)).toBe(false)
})
