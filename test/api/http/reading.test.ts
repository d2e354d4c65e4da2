/** Lists, tags, keys and streams over the wire, with handlers that a test controls. */

import { createConnection } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PtrackError } from '../../../src/protocol/errors.ts'
import type { ResultPage } from '../../../src/protocol/history.ts'
import { namesOf } from '../../../src/protocol/project.ts'
import { bearer, type HttpWire, openHttp, say, send } from '../support/http.ts'
import { eventually, makeView } from '../support/wire.ts'

let wire: HttpWire
afterEach(() => wire.close())

/** Reads a stream until it ends or `enough` is said. */
function listen(path: string, headers: Record<string, string> = {}) {
  const socket = createConnection(wire.path)
  let text = ''
  let closed = false
  const names: string[] = []
  /** Not yet looked at for names: a search through all of a long stream at each look would take most of the time. */
  let fresh = ''
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${fields.join('')}\r\n`)
  socket.on('data', (chunk) => {
    text += chunk
    fresh += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  return {
    socket,
    get closed() {
      return closed
    },
    get names() {
      const end = fresh.lastIndexOf('\n') + 1
      for (const [, name] of fresh.slice(0, end).matchAll(/^event: (\S+)$/gm)) names.push(name!)
      fresh = fresh.slice(end)
      return [...names]
    },
    get ids() {
      return [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id!)
    },
    get text() {
      return text
    },
  }
}

test('pages: each process once, in the order of creation', async () => {
  wire = await openHttp()
  const names = Array.from({ length: 25 }, (_, i) => `p${i}`)
  for (const [i, name] of names.entries())
    wire.views.set(`${99 - i}`, makeView(`${99 - i}`, name, { createdAt: `2030-01-01T00:00:${String(i).padStart(2, '0')}.000Z` }))
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await send(wire.path, { path: `/api/processes?limit=7${cursor && `&cursor=${cursor}`}` })
    const page = JSON.parse(body) as { processes: { name: string }[]; cursor: string | null; total: number }
    expect(page.total).toBe(25)
    seen.push(...page.processes.map(({ name }) => name))
    cursor = page.cursor
  }
  expect(seen).toEqual(names)
  const { body } = await send(wire.path, { path: '/api/processes?text=P24&status=running,failed&type=service' })
  expect(JSON.parse(body).processes).toMatchObject([{ name: 'p24' }])
  expect(wire.calls.at(-1)?.params).toMatchObject({ status: ['running', 'failed'], type: 'service' })
  expect((await send(wire.path, { path: '/api/processes?cursor=bm9wZQ' })).status).toBe(400)
})

test('an unchanged list is 304 and asks no handler; a changed one, and another peer, get the list', async () => {
  let revision = 1
  wire = await openHttp({ revision: () => revision })
  const first = await send(wire.path, { path: '/api/processes' })
  const { etag } = first.headers
  expect(etag).toMatch(/^W\//)
  wire.calls.length = 0
  const again = await send(wire.path, { path: '/api/processes', headers: { 'if-none-match': `"x", ${etag}` } })
  expect([again.status, again.body, wire.calls.length]).toEqual([304, '', 0])
  expect((await send(wire.port, { path: '/api/processes', headers: { ...bearer('good'), 'if-none-match': etag! } })).status).toBe(
    200,
  )
  expect((await send(wire.path, { path: '/api/processes?type=x', headers: { 'if-none-match': etag! } })).status).toBe(200)
  revision++
  expect((await send(wire.path, { path: '/api/processes', headers: { 'if-none-match': etag! } })).status).toBe(200)
})

test('Idempotency-Key: once, also at the same time; another body is refused; a failure may be tried again', async () => {
  let fail = false
  let made = 0
  wire = await openHttp({
    handlers: {
      start: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (fail) throw new PtrackError('PORT_TAKEN', 'cannot start')
        const view = makeView(`id${++made}`, 'x')
        return [{ ...namesOf('x'), ok: true, note: null, view, error: null, tail: [] }]
      },
    },
  })
  const post = (key: string, name: string) =>
    send(wire.path, {
      method: 'POST',
      path: '/api/processes',
      headers: { 'idempotency-key': key },
      body: JSON.stringify({ definition: { name, command: ['x'], cwd: '/' } }),
    })
  const both = await Promise.all([post('a', 'x'), post('a', 'x')])
  expect(both.map(({ status }) => status)).toEqual([201, 201])
  expect(both[0].body).toBe(both[1].body)
  expect(both[0].headers.location).toBe('/api/processes/id1')
  expect((await post('a', 'x')).headers['idempotency-replayed']).toBe('true')
  expect((await post('a', 'y')).status).toBe(422)
  expect(made).toBe(1)
  fail = true
  expect((await post('b', 'x')).status).toBe(409)
  fail = false
  expect((await post('b', 'x')).status).toBe(201)
  expect((await post('no spaces', 'x')).status).toBe(400)
  expect(made).toBe(2)
})

test('events: from now on, and again from Last-Event-ID without a gap or a double', async () => {
  wire = await openHttp()
  wire.events.publish('paused', { name: 'a', id: '1' }, { run: 1 })
  const first = listen('/api/events')
  await eventually(() => first.names.includes('connected'), 'connected')
  for (let run = 2; run <= 4; run++) wire.events.publish('paused', { name: 'a', id: '1' }, { run })
  await eventually(() => first.names.length === 4, 'three events')
  first.socket.destroy()
  for (let run = 5; run <= 7; run++) wire.events.publish('resumed', { name: 'a', id: '1' }, { run })
  const again = listen('/api/events?type=resumed', { 'last-event-id': first.ids.at(-1)! })
  await eventually(() => again.names.length === 4, 'what was missed')
  expect(again.names).toEqual(['connected', 'resumed', 'resumed', 'resumed'])
  expect(again.ids.slice(1).map((id) => Number(id.split('.')[1]))).toEqual([5, 6, 7])
  again.socket.destroy()
  const other = listen('/api/events', { 'last-event-id': 'anotherdaemon.3' })
  await eventually(() => other.names.includes('lagged'), 'told of the gap')
  other.socket.destroy()
  expect((await send(wire.path, { path: '/api/events', headers: { 'last-event-id': 'x' } })).status).toBe(400)
})

test('a client that does not read holds little, is told what it missed, and delays nobody', async () => {
  wire = await openHttp({ capacity: 200, bounds: { streamBytes: 65_536 } })
  const slow = listen('/api/events')
  await eventually(() => slow.names.includes('connected'), 'connected')
  slow.socket.pause()
  const quick = listen('/api/events')
  await eventually(() => quick.names.includes('connected'), 'connected')
  const notice = 'x'.repeat(2000)
  // Less at once than a stream may hold: the quick one reads in the same process, and so only between two rounds.
  for (let i = 0; i < 5000; i += 25) {
    for (let j = 0; j < 25; j++) wire.events.publish('log', { name: 'a', id: '1' }, { stream: 'out', notice })
    await eventually(() => quick.names.length === i + 26, 'the quick one has all of it')
  }
  slow.socket.resume()
  await eventually(() => slow.names.includes('lagged'), 'the slow one is told')
  expect(slow.names.length).toBeLessThan(4000)
  slow.socket.destroy()
  quick.socket.destroy()
})

const row = (index: number) => ({ index, at: '2030-01-01T00:00:00.000Z', run: 1, attempt: 1, row: { index } })

test('the stream of a process: rows once and in order, whatever comes between, and its end', async () => {
  const rows = [row(1), row(2)]
  wire = await openHttp({
    handlers: {
      results: async ({ from = 1, max = 1000 }): Promise<ResultPage> => {
        const page = rows.filter(({ index }) => index >= from).slice(0, Math.min(max, 3))
        const next = from + page.length
        await new Promise((resolve) => setImmediate(resolve))
        return {
          id: '1',
          name: 'job',
          rows: page,
          next,
          more: next <= rows.length,
          total: rows.length,
          ended: false,
          notices: [],
        }
      },
    },
  })
  const view = makeView('1', 'job', { kind: 'job' })
  wire.views.set('1', view)
  const stream = listen('/api/processes/job/stream')
  await eventually(() => stream.names.length === 3, 'what was there')
  const subject = { name: 'job', id: '1' }
  for (let index = 3; index <= 20; index++) {
    rows.push(row(index))
    wire.events.publish('result', subject, { run: 1, attempt: 1, index, row: null, large: true })
    if (index === 10) wire.events.publish('paused', subject, { run: 1 })
  }
  wire.events.publish('resumed', subject, { run: 1 })
  wire.events.publish('result', { name: 'other', id: '2' }, { run: 1, attempt: 1, index: 99, row: null, large: true })
  wire.events.publish('completed', subject, { run: 1, status: 'done' })
  await eventually(() => stream.closed, 'the end')
  expect(stream.ids.map(Number)).toEqual(rows.map(({ index }) => index))
  expect(stream.names.slice(0, 3)).toEqual(['connected', 'existing_result', 'existing_result'])
  expect(stream.names.filter((name) => name === 'result')).toHaveLength(18)
  expect(stream.names.filter((name) => !name?.includes('result'))).toEqual(['connected', 'paused', 'resumed', 'completed'])
  expect(stream.names.at(-1)).toBe('completed')
  wire.views.set('1', { ...view, status: 'done' })
  const later = listen('/api/processes/job/stream', { 'last-event-id': '15' })
  await eventually(() => later.closed, 'the end')
  expect(later.ids.map(Number)).toEqual([16, 17, 18, 19, 20])
  expect(later.names.at(-1)).toBe('completed')
})

test('/ws/processes: the present state, then each change, in its own words', async () => {
  wire = await openHttp()
  const made = makeView('1', 'a', { status: 'retrying', metadata: { stage: 'x' } })
  wire.views.set('1', made)
  const ws = new WebSocket(`ws://127.0.0.1:${wire.port}/ws/processes`, { headers: bearer('good') })
  const got: Record<string, unknown>[] = []
  ws.on('message', (data) => got.push(JSON.parse(String(data))))
  await eventually(() => got.length === 1, 'the present state')
  expect(Object.keys(got[0]!)).toEqual([
    'type',
    'process_id',
    'process_type',
    'status',
    'name',
    'progress',
    'message',
    'timestamp',
    'metadata',
  ])
  expect(got[0]).toMatchObject({
    type: 'process_update',
    process_id: '1',
    process_type: 'service',
    status: 'pending',
    name: 'a',
    progress: null,
    metadata: { stage: 'x' },
  })
  wire.push({ changed: [{ ...made, status: 'stopped' }], removed: [] })
  await eventually(() => got.length === 2, 'the change')
  expect(got[1]).toMatchObject({ status: 'cancelled' })
  expect(Math.abs((got[1]!.timestamp as number) - Date.now() / 1000)).toBeLessThan(60)
  const closed = new Promise((resolve) => ws.on('close', resolve))
  expect(wire.server.clients).toBe(1)
  ws.send('hello?')
  expect(await closed).toBe(1008)
  await eventually(() => wire.server.clients === 0, 'it is forgotten')
})

test('a stream ends when the daemon stops', async () => {
  wire = await openHttp()
  const stream = say(wire.path, 'GET /api/events HTTP/1.1\r\nhost: x\r\n\r\n')
  await eventually(() => wire.server.clients === 1, 'it is a client')
  await wire.server.close('over')
  expect(await stream).toBeTypeOf('string')
})
