/** Snapshot, replay and live events: each exactly once, whatever the client's speed. */
import { afterEach, expect, test } from 'vitest'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import type { SubscribeReply } from '../../src/protocol/requests.ts'
import { EventLog } from '../../src/supervisor/event-log.ts'
import { eventually, makeView, openWire, RawClient, type Wire, type WireOptions } from './support/wire.ts'

const open: Wire[] = []
const start = async (options: WireOptions = {}): Promise<Wire> => {
  const wire = await openWire(options)
  open.push(wire)
  return wire
}
afterEach(async () => {
  for (const wire of open.splice(0)) await wire.close()
})

async function subscribe(client: RawClient, id: number, params: unknown): Promise<SubscribeReply> {
  client.ask(id, 'subscribe', params)
  return (await client.reply(id)).result as SubscribeReply
}
const emit = (wire: Wire, count: number, name = 'web'): void => {
  for (let n = 0; n < count; n++) wire.events.publish('paused', { name, id: `id-${name}` }, { run: n })
}
const eventsOf = (client: RawClient): PtrackEvent[] => client.notes('event').map((note) => note.event as PtrackEvent)
const seqsOf = (client: RawClient): number[] => eventsOf(client).map((event) => event.seq)
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('without since: a snapshot, then live events', async () => {
  const wire = await start()
  wire.views.set('a', makeView('a', 'web'))
  emit(wire, 3)
  const client = await new RawClient(wire.path).hello()
  const reply = await subscribe(client, 1, {})
  expect(reply).toMatchObject({ epoch: 'epoch-1', seq: 3, gap: false, replayed: 0, snapshot: [{ id: 'a' }] })
  emit(wire, 2)
  await client.until(() => seqsOf(client).length === 2, 'two events')
  expect(client.notes('event')[0]).toMatchObject({
    subscription: reply.subscription,
    event: { seq: 4, type: 'paused', process: 'web', id: 'id-web', run: 0 },
  })
  client.ask(2, 'unsubscribe', { subscription: reply.subscription })
  expect((await client.reply(2)).result).toEqual({ ok: true })
  client.ask(3, 'unsubscribe', { subscription: reply.subscription })
  expect((await client.reply(3)).result).toEqual({ ok: false })
  emit(wire, 1)
  client.ask(4, 'list')
  await client.reply(4)
  expect(seqsOf(client)).toEqual([4, 5])
  client.end()
})

test('with since: everything missed is replayed in order, then live; what cannot be replayed is a gap with a snapshot', async () => {
  const wire = await start({ capacity: 50 })
  emit(wire, 80)
  const ask = async (params: unknown): Promise<[SubscribeReply, RawClient]> => {
    const client = await new RawClient(wire.path).hello()
    return [await subscribe(client, 1, params), client]
  }
  const [exact, first] = await ask({ since: 30, epoch: 'epoch-1' })
  expect(exact).toMatchObject({ snapshot: null, gap: false, replayed: 50, seq: 80 })
  const [now] = await ask({ since: 80, epoch: 'epoch-1' })
  expect(now).toMatchObject({ snapshot: null, gap: false, replayed: 0 })
  for (const params of [
    { since: 29, epoch: 'epoch-1' },
    { since: 60, epoch: 'another daemon' },
    { since: 81, epoch: 'epoch-1' },
  ]) {
    const [reply] = await ask(params)
    expect(reply).toMatchObject({ snapshot: [], gap: true, replayed: 0, seq: 80 })
  }
  const [watched] = await ask({ since: 80, epoch: 'epoch-1', views: true })
  expect(watched).toMatchObject({ snapshot: [], gap: false })
  emit(wire, 5)
  await first.until(() => seqsOf(first).length === 55, 'replayed and live events')
  expect(seqsOf(first)).toEqual(range(31, 85))
})

test('filters by type and target; events of the daemon itself belong to no target', async () => {
  const wire = await start()
  const client = await new RawClient(wire.path).hello()
  wire.views.set('id-web', makeView('id-web', 'web'))
  wire.views.set('id-db', makeView('id-db', 'db'))
  const byType = await subscribe(client, 1, { filter: { types: ['resumed'] } })
  const byTarget = await subscribe(client, 2, { filter: { targets: ['db'] } })
  expect(byTarget.snapshot!.map((view) => view.name)).toEqual(['db'])
  emit(wire, 1, 'web')
  emit(wire, 1, 'db')
  wire.events.publish('resumed', null, { run: 1 })
  await client.until(() => eventsOf(client).length === 2, 'two events')
  expect(client.notes('event').map((note) => [note.subscription, (note.event as PtrackEvent).seq])).toEqual([
    [byTarget.subscription, 2],
    [byType.subscription, 3],
  ])
  client.end()
})

test('views are pushed coalesced, the latest wins, removed ones are named; watchers are counted', async () => {
  const watchers: number[] = []
  const wire = await start({ demand: { setWatchers: (count) => void watchers.push(count), setListeners: () => {} } })
  const client = await new RawClient(wire.path).hello()
  await subscribe(client, 1, {})
  await subscribe(client, 2, { views: true })
  await subscribe(client, 3, { views: true, filter: { targets: ['db'] } })
  for (let run = 1; run <= 300; run++)
    wire.push({ changed: [makeView('a', 'web', { run }), makeView('b', 'db', { run })], removed: [] })
  wire.push({ changed: [], removed: ['gone'] })
  const pushes = await client.until(() => (client.notes('views').length >= 2 ? client.notes('views') : null), 'views')
  expect(pushes).toHaveLength(2)
  const names = (push: Record<string, unknown>): unknown =>
    (push.changed as { name: string; run: number }[]).map((view) => [view.name, view.run])
  expect(pushes.map(names)).toEqual([
    [
      ['web', 300],
      ['db', 300],
    ],
    [['db', 300]],
  ])
  expect(pushes[0]!.removed).toEqual(['gone'])
  client.end()
  await eventually(() => wire.server.watchers === 0, 'no watchers')
  expect(watchers).toEqual([1, 2, 1, 0])
})

test('a client that does not read costs bounded memory, harms nobody, and is told that it lagged', async () => {
  const wire = await start({ capacity: 500 })
  wire.views.set('a', makeView('a', 'web'))
  const slow = await new RawClient(wire.path).hello()
  const slowReply = await subscribe(slow, 1, { views: true })
  const quick = await new RawClient(wire.path).hello()
  await subscribe(quick, 1, {})
  slow.socket.pause()
  const padding = 'x'.repeat(20_000)
  let published = 0
  const rssBefore = process.memoryUsage().rss
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 20; n++) wire.events.publish('log', { name: 'web', id: 'a' }, { stream: 'out', notice: padding })
    published += 20
    wire.push({ changed: [makeView('a', 'web', { run: round })], removed: [] })
    await quick.until(() => quick.frames.length >= published, 'the quick client to keep up')
  }
  expect(seqsOf(quick)).toEqual(range(1, 2000))
  // 40 MB were told; the slow one's share in this process is 4 MiB, the quick one's (parsed) is 40 MB.
  expect(process.memoryUsage().rss - rssBefore).toBeLessThan(300 * 1024 * 1024)
  expect(seqsOf(slow).length).toBeLessThan(500)
  slow.socket.resume()
  const lagged = await slow.until(() => slow.notes('lagged')[0], 'lagged')
  expect(lagged).toMatchObject({ subscription: slowReply.subscription, seq: 2000, snapshot: [{ id: 'a', run: 99 }] })
  wire.events.publish('paused', null, { run: 1 })
  await slow.until(() => seqsOf(slow).at(-1) === 2001, 'live events again')
  // Without a hole before the lag, and nothing between it and what is live.
  const seqs = seqsOf(slow)
  expect(seqs).toEqual([...range(1, seqs.length - 1), 2001])
  expect(seqs.length).toBeLessThan(600)
  slow.end()
  quick.end()
})

test('a client that is slow for a moment only gets everything from the ring', async () => {
  const wire = await start({ capacity: 5000, bounds: { clientBufferBytes: 256 * 1024 } })
  const client = await new RawClient(wire.path).hello()
  await subscribe(client, 1, {})
  client.socket.pause()
  for (let n = 0; n < 2000; n++) wire.events.publish('log', null, { stream: 'out', notice: 'y'.repeat(1000) })
  client.socket.resume()
  await client.until(() => seqsOf(client).length === 2000, 'all events')
  expect(seqsOf(client)).toEqual(range(1, 2000))
  expect(client.notes('lagged')).toEqual([])
  client.end()
})

test('a replay larger than the buffer is complete too', async () => {
  const wire = await start({ capacity: 5000, bounds: { clientBufferBytes: 128 * 1024 } })
  for (let n = 0; n < 3000; n++) wire.events.publish('log', null, { stream: 'out', notice: 'z'.repeat(1000) })
  const client = await new RawClient(wire.path).hello()
  expect(await subscribe(client, 1, { since: 0, epoch: 'epoch-1' })).toMatchObject({ replayed: 3000, gap: false })
  emit(wire, 10)
  await client.until(() => seqsOf(client).length === 3010, 'all events')
  expect(seqsOf(client)).toEqual(range(1, 3010))
  client.end()
})

test('heartbeats come on subscribed connections only, and never ahead of their events', async () => {
  const wire = await start({ bounds: { heartbeatMs: 5, clientBufferBytes: 64 * 1024 } })
  const plain = await new RawClient(wire.path).hello()
  const client = await new RawClient(wire.path).hello()
  const beats = await new RawClient(wire.path).hello()
  await subscribe(client, 1, {})
  await subscribe(beats, 1, { filter: { types: ['paused'] } })
  client.socket.pause()
  const told = beats.notes('heartbeat').length
  for (let n = 0; n < 2000; n++) wire.events.publish('log', null, { stream: 'out', notice: 'h'.repeat(1000) })
  // Many beats while most of the 2 MB wait in the ring for the client that does not read.
  await beats.until(() => beats.notes('heartbeat').length >= told + 5, 'heartbeats')
  client.socket.resume()
  await client.until(() => client.notes('heartbeat').some((beat) => beat.seq === 2000), 'a heartbeat after all events')
  let events = 0
  for (const frame of client.frames) {
    if (frame.method === 'event') events++
    if (frame.method === 'heartbeat') expect(frame.params!.seq).toBe(events)
  }
  expect(plain.notes('heartbeat')).toEqual([])
  for (const one of [plain, client, beats]) one.end()
})

test('subscriptions of one connection are bounded', async () => {
  const wire = await start({ bounds: { subscriptions: 3 } })
  const client = await new RawClient(wire.path).hello()
  for (let id = 1; id <= 4; id++) client.ask(id, 'subscribe', {})
  expect((await client.reply(4)).error?.data.code).toBe('BAD_REQUEST')
  client.end()
})

test('an event log of an earlier daemon is never mistaken for the present one', async () => {
  const events = new EventLog({ epoch: 'second', clock: { wall: () => 0 }, capacity: 10 })
  const wire = await start({ events })
  emit(wire, 5)
  const client = await new RawClient(wire.path).hello()
  expect(await subscribe(client, 1, { since: 3, epoch: 'first' })).toMatchObject({ gap: true, epoch: 'second', seq: 5 })
  client.end()
})
