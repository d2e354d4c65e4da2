/** A feed over a connection that breaks at random points is still every event once. */
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { connect } from '../../src/client/connect.ts'
import { type FeedItem, subscribeForever } from '../../src/client/reconnecting.ts'
import { EventLog } from '../../src/supervisor/event-log.ts'
import { makeView, openWire, type Wire } from '../api/support/wire.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** Forwards to the daemon and cuts each connection after so many bytes of its answer, in the middle of whatever that is. */
async function cuttingProxy(wire: Wire, nextCut: () => number): Promise<string> {
  const path = join(wire.home, 'proxy.sock')
  const sockets = new Set<Socket>()
  const server: Server = createServer((front) => {
    const back = createConnection(wire.path)
    let left = nextCut()
    for (const socket of [front, back]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        front.destroy()
        back.destroy()
      })
    }
    front.pipe(back)
    back.on('data', (chunk: Buffer) => {
      front.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) front.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return path
}

test('connections cut at random bytes: the union of events is exactly 1..N, in order', async () => {
  const wire = await openWire()
  cleanups.push(() => wire.close())
  wire.views.set('a', makeView('a', 'web'))
  // A fixed series of odd cuts: hello alone, inside the subscribe reply, inside events, and longer ones.
  let seed = 12345
  const cut = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % 7 === 0 ? 100_000 : 100 + (seed % 6000)
  }
  const path = await cuttingProxy(wire, cut)
  const total = 1500
  let published = 0
  const publisher = setInterval(() => {
    for (let n = 0; n < 15 && published < total; n++)
      wire.events.publish('paused', { name: 'web', id: 'a' }, { run: ++published })
  }, 5)
  cleanups.push(() => clearInterval(publisher))
  const seqs: number[] = []
  const kinds: string[] = []
  for await (const item of subscribeForever({ connect: () => connect({ home: wire.home, socketPath: path }), since: 0 })) {
    if (item.kind === 'event') seqs.push(item.event.seq)
    else kinds.push(item.kind === 'snapshot' && item.gap ? 'gap' : item.kind)
    if (seqs.at(-1) === total) break
  }
  expect(seqs).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  expect(kinds.filter((kind) => kind === 'disconnected').length).toBeGreaterThan(3)
  expect(kinds).not.toContain('gap')
})

test('another daemon: connected again, with a snapshot, and what it told before anybody came', async () => {
  const first = await openWire({ epoch: 'first' })
  cleanups.push(() => first.close())
  first.views.set('a', makeView('a', 'old'))
  const abort = new AbortController()
  const items: FeedItem[] = []
  let second: Wire | null = null
  for await (const item of subscribeForever({
    connect: () => connect({ home: first.home }),
    views: true,
    signal: abort.signal,
  })) {
    items.push(item)
    if (item.kind === 'snapshot' && second === null) {
      first.events.publish('paused', null, { run: 1 })
    } else if (item.kind === 'event' && second === null) {
      await first.server.close('replaced')
      second = await openWire({
        home: first.home,
        events: new EventLog({ epoch: 'second', clock: { wall: () => 0 }, capacity: 10 }),
      })
      cleanups.push(() => second?.close())
      second.views.set('b', makeView('b', 'new'))
      second.events.publish('paused', null, { run: 7 })
    } else if (item.kind === 'snapshot') {
      second?.events.publish('resumed', null, { run: 1 })
      second?.push({ changed: [makeView('b', 'new', { run: 2 })], removed: [] })
    } else if (item.kind === 'views') {
      abort.abort()
    }
  }
  expect(
    items.map((item) => item.kind).filter((kind, i, all) => kind !== 'disconnected' || all[i - 1] !== 'disconnected'),
  ).toEqual(['connected', 'snapshot', 'event', 'disconnected', 'connected', 'snapshot', 'event', 'event', 'views'])
  const snapshots = items.filter((item) => item.kind === 'snapshot')
  expect(snapshots.map((item) => [item.gap, item.views[0]?.name])).toEqual([
    [false, 'old'],
    [true, 'new'],
  ])
})

test('a consumer that is slower than the daemon loses nothing and is not run over', async () => {
  const wire = await openWire()
  cleanups.push(() => wire.close())
  for (let n = 0; n < 5000; n++) wire.events.publish('paused', null, { run: n })
  const seqs: number[] = []
  for await (const item of subscribeForever({ connect: () => connect({ home: wire.home }), since: 0 })) {
    if (item.kind !== 'event') continue
    seqs.push(item.event.seq)
    if (seqs.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (seqs.length === 5000) break
  }
  expect(seqs).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1))
})

test('an error that a new connection cannot cure is thrown', async () => {
  const wire = await openWire({ bounds: { subscriptions: 0 } })
  cleanups.push(() => wire.close())
  const feed = subscribeForever({ connect: () => connect({ home: wire.home }) })
  await expect(feed.next()).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})

test('abort ends a feed that waits for a daemon', async () => {
  const wire = await openWire()
  await wire.close()
  const abort = new AbortController()
  const kinds: string[] = []
  for await (const item of subscribeForever({ connect: () => connect({ home: wire.home }), signal: abort.signal })) {
    kinds.push(item.kind)
    if (kinds.length === 2) abort.abort()
  }
  expect(kinds).toEqual(['disconnected', 'disconnected'])
})
