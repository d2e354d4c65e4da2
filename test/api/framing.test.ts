/** What may arrive on the socket, and what must happen then. */
import { existsSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createConnection } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/connect.ts'
import { LogChunk } from '../../src/core/log-chunk.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { eventually, makeView, openWire, RawClient, type Wire } from './support/wire.ts'

let wire: Wire
/** No text, and a newline among them. */
const BYTES = Buffer.from([0, 10, 255, 10, 128])
beforeEach(async () => {
  wire = await openWire({
    bounds: { helloMs: 60_000 },
    handlers: {
      stop: () =>
        Promise.reject(
          new PtrackError('NOT_FOUND', 'cannot stop x: there is no such process', {
            hint: 'see `ptrack ls`',
            details: { name: 'x' },
          }),
        ),
      pause: () => {
        throw new TypeError('a defect')
      },
      'logs.bytes': async ({ raw }) => new LogChunk(BYTES, { from: 7, lost: 0, ended: true, raw }),
      wait: (_params, context) =>
        new Promise((_resolve, reject) =>
          context.signal.addEventListener('abort', () => reject(new PtrackError('FAILED', 'gone'))),
        ),
    },
  })
})
afterEach(() => wire.close())

const raw = (): Promise<RawClient> => new RawClient(wire.path).hello()

test('the socket is for its owner alone, and goes with the server', async () => {
  expect(statSync(wire.path).mode & 0o777).toBe(0o600)
  const other = await openWire()
  await other.close()
  expect(existsSync(other.path)).toBe(false)
})

test('a socket left behind is replaced; a file at its place is not', async () => {
  const first = await openWire()
  // A killed daemon leaves such a name; this one is still listened at, which the daemon's lock rules out in life.
  const second = await openWire({ home: first.home })
  const client = await new RawClient(second.path).hello()
  expect([first.server.clients, second.server.clients]).toEqual([0, 1])
  client.end()
  await second.close()
  writeFileSync(first.path, 'mine')
  await expect(openWire({ home: first.home })).rejects.toMatchObject({ code: 'UNSAFE' })
  await first.close()
})

test('an integer that would be rounded is refused with the id of its request, and the connection goes on', async () => {
  const client = await raw()
  client.say(
    '{"jsonrpc":"2.0","id":7,"method":"progress","params":{"who":{"target":"x"},"update":{"metadata":{"n":9007199254740993}}}}\n',
  )
  expect((await client.reply(7)).error).toMatchObject({ data: { code: 'BAD_REQUEST', message: expect.stringContaining('2^53') } })
  client.ask(8, 'list', {})
  expect((await client.reply(8)).result).toEqual([])
})

test('a socket whose file somebody removed comes back; who was connected stays so, and the close ends all', async () => {
  const other = await openWire({ bounds: { presenceMs: 20 } })
  const before = await new RawClient(other.path).hello()
  // Twice: what has come back is watched too.
  for (const round of [1, 2]) {
    unlinkSync(other.path)
    await eventually(() => existsSync(other.path), 'the socket to come back')
    expect(statSync(other.path).mode & 0o777).toBe(0o600)
    const after = await new RawClient(other.path).hello()
    expect((await after.reply(0)).result).toMatchObject({ version: '9.9.9' })
    before.ask(round, 'list', {})
    expect((await before.reply(round)).result).toEqual([])
    after.end()
  }
  expect(other.errors).toEqual([expect.stringContaining('was removed; it is there again'), expect.any(String)])
  await other.close()
  expect(existsSync(other.path)).toBe(false)
  await eventually(() => other.server.clients === 0, 'the end of all connections')
})

test('hello is answered with what the daemon is, and requests reach their handler with checked parameters', async () => {
  const client = await raw()
  expect((await client.reply(0)).result).toMatchObject({ version: '9.9.9', protocol: PROTOCOL_VERSION, user: 'me' })
  client.ask(1, 'delete', { targets: ['a'] })
  await client.reply(1)
  expect(wire.calls[0]).toMatchObject({
    method: 'delete',
    params: { targets: ['a'], purge: false },
    context: { client: 'raw', user: 'me' },
  })
  expect(wire.server.clients).toBe(1)
  client.end()
  await eventually(() => wire.server.clients === 0, 'the client to be forgotten')
})

test('no request before hello', async () => {
  const client = new RawClient(wire.path)
  client.ask(1, 'list')
  expect((await client.reply(1)).error?.data).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('hello') })
  await client.hello()
  client.ask(2, 'list')
  expect((await client.reply(2)).result).toEqual([])
  client.end()
})

test('another protocol version is told both versions and what to do, even with fields we do not know', async () => {
  const client = new RawClient(wire.path)
  client.ask(1, 'hello', { version: '7.7.7', protocol: PROTOCOL_VERSION + 1, colour: 'blue' })
  const { error } = await client.reply(1)
  expect(error?.data).toMatchObject({
    code: 'VERSION_SKEW',
    details: { daemonProtocol: PROTOCOL_VERSION, daemonPid: process.pid },
  })
  expect(error?.message).toContain('9.9.9')
  expect(error?.message).toContain('7.7.7')
  expect(error?.data.hint).toContain('ptrack daemon restart')
  client.end()
})

test('who says nothing, or no hello, is sent away', async () => {
  const hasty = await openWire({ bounds: { helloMs: 50 } })
  const mute = new RawClient(hasty.path)
  const stranger = new RawClient(hasty.path)
  stranger.say(' \n')
  const http = new RawClient(hasty.path)
  http.say('GET / HTTP/1.1\r\n')
  await Promise.all([mute.untilClosed(), stranger.untilClosed(), http.untilClosed()])
  await hasty.close()
})

test('expected failures keep code, hint and details; defects are INTERNAL and logged; the connection lives', async () => {
  const client = await raw()
  client.ask(1, 'stop', { targets: ['x'] })
  expect((await client.reply(1)).error?.data).toEqual({
    code: 'NOT_FOUND',
    message: 'cannot stop x: there is no such process',
    hint: 'see `ptrack ls`',
    details: { name: 'x' },
  })
  client.ask(2, 'pause', { targets: ['x'] })
  expect((await client.reply(2)).error?.data.code).toBe('INTERNAL')
  expect(wire.errors.join()).toContain('a defect')
  for (const method of ['nonsense', 'constructor', '__proto__', 'toString']) {
    client.ask(3, method)
    expect((await client.until(() => client.frames.find((f) => f.id === 3), method)).error?.data.code).toBe('UNKNOWN_METHOD')
    client.frames.length = 0
  }
  client.ask(4, 'list')
  await client.reply(4)
  client.end()
})

test('unknown fields and wrong types are errors that name the field', async () => {
  const client = await raw()
  const cases: [string, unknown, string][] = [
    ['stop', { targets: ['x'], colour: 1 }, '`colour`'],
    ['stop', { targets: ['x', 5] }, '`targets[1]`'],
    ['stop', {}, '`targets`'],
    ['start', { definition: { name: 'a', command: ['x'], cwd: '/', portz: [1] } }, '`definition.portz`'],
    ['start', { definition: { name: '12', command: ['x'], cwd: '/' } }, '`definition.name`'],
    ['list', { status: ['sleepy'] }, '`status[0]`'],
    ['list', [], 'the parameters must be an object'],
    ['subscribe', { views: 'yes' }, '`views`'],
    ['list', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field${i}`, 1])), '495 more'],
  ]
  for (const [id, [method, params, expected]] of cases.entries()) {
    client.ask(id + 1, method, params)
    const { error } = await client.reply(id + 1)
    expect(error?.data.code).toBe('BAD_REQUEST')
    expect(error?.message).toContain(`cannot ${method}`)
    expect(error?.message).toContain(expected)
    expect(error!.message.length).toBeLessThan(1500)
  }
  expect(wire.calls).toEqual([])
  client.end()
})

test('__proto__ in parameters pollutes nothing', async () => {
  const client = await raw()
  client.say(
    '{"jsonrpc":"2.0","id":1,"method":"start","params":{"definition":{"name":"a","command":["x"],"cwd":"/","metadata":{"__proto__":{"evil":1},"constructor":{"prototype":{"evil":1}}}}}}\n',
  )
  await client.reply(1)
  client.say('{"jsonrpc":"2.0","id":2,"method":"list","params":{"__proto__":{"all":true}}}\n')
  await client.reply(2)
  expect(({} as Record<string, unknown>).evil).toBeUndefined()
  expect(wire.calls.every((call) => (call.params as { all?: boolean }).all !== true)).toBe(true)
  client.end()
})

test('deeply nested JSON is refused, not recursed into', async () => {
  const client = await raw()
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  client.say(
    `{"jsonrpc":"2.0","id":1,"method":"start","params":{"definition":{"name":"a","command":["x"],"cwd":"/","metadata":{"m":${deep}}}}}\n`,
  )
  expect((await client.reply(null)).error?.message).toContain('nested')
  client.ask(2, 'list')
  await client.reply(2)
  client.end()
})

test('eight broken frames end the connection, others are unharmed', async () => {
  const good = await raw()
  const client = await raw()
  for (const text of [
    '{',
    '{]',
    '{}',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":{},"method":"list"}',
    'null',
    '[]',
    '\u0000',
    '{"jsonrpc":"2.0","id":9,"method":"list"}',
  ])
    client.say(`${text}\n`)
  await client.untilClosed()
  const answers = client.frames.filter((frame) => frame.id === null)
  expect(answers).toHaveLength(8)
  expect(answers.every((frame) => frame.error?.data.code === 'BAD_REQUEST')).toBe(true)
  expect(client.frames.some((frame) => frame.id === 9)).toBe(false)
  good.ask(1, 'list')
  await good.reply(1)
  good.end()
})

test('a line without end is answered TOO_LARGE and cut off, and so is a long one with an end', async () => {
  for (const end of ['', '\n']) {
    const client = await raw()
    client.say(`{"jsonrpc":"2.0","id":1,"method":"list","params":{"tag":"${'x'.repeat(1024 * 1024 + 10)}"}}${end}`)
    expect((await client.reply(null)).error?.data.code).toBe('TOO_LARGE')
    await client.untilClosed()
  }
  expect(wire.calls).toEqual([])
})

test('a multi-byte character torn between packets arrives whole', async () => {
  const client = await raw()
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"list","params":{"tag":"äöü€😀"}}\n`)
  for (const byte of frame) {
    client.say(Buffer.from([byte]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await client.reply(1)
  expect(wire.calls[0]?.params).toEqual({ tag: 'äöü€😀' })
  client.end()
})

test('requests of one connection run side by side, at most 256', async () => {
  const client = await raw()
  for (let id = 1; id <= 257; id++) client.ask(id, 'wait', { targets: ['x'] })
  expect((await client.reply(257)).error?.message).toContain('not answered yet')
  // The first 256 still wait; the client's going ends them all.
  client.end()
  await eventually(() => wire.server.clients === 0, 'the end of the connection')
  expect(wire.errors).toEqual([])
})

test('a client that sends and shuts its side down still gets its answers', async () => {
  const client = new RawClient(wire.path)
  client.ask(1, 'hello', { version: '1', protocol: PROTOCOL_VERSION })
  client.ask(2, 'list')
  client.ask(3, 'wait', { targets: ['x'] })
  client.socket.end()
  await client.untilClosed()
  expect(client.frames.map((frame) => frame.id)).toEqual([1, 2, 3])
})

test('a client that asks but does not read is not read either', async () => {
  wire.views.set('a', makeView('a', 'a', { description: 'd'.repeat(100_000) }))
  const client = await raw()
  client.socket.pause()
  let sent = 0
  for (let id = 1; id <= 500; id++, sent++) client.ask(id, 'list')
  await eventually(() => wire.calls.length >= 20, 'the first answers')
  const calls = await settled(() => wire.calls.filter(({ method }) => method === 'list').length)
  // 4 MiB of buffer and what the kernel takes: some dozens of replies of 100 kB, not five hundred.
  expect(calls).toBeLessThan(200)
  client.socket.resume()
  await client.reply(sent)
  client.end()
})

test('HTTP is answered on the same socket, and web pages are refused', async () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
      const request = httpRequest({ path, headers, createConnection: () => createConnection(wire.path) }, (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode!, type: response.headers['content-type']!, body }))
      })
      request.on('error', reject)
      request.end()
    })
  expect(await get('/')).toMatchObject({ status: 404, type: 'application/problem+json' })
  expect(await get('/ws?x=1')).toMatchObject({ status: 426 })
  expect(await get('/', { origin: 'http://evil.example' })).toMatchObject({ status: 403 })
  expect(JSON.parse((await get('/')).body)).toMatchObject({ status: 404, title: 'Not Found' })
  await expect(openWs('/ws', { origin: 'http://evil.example' })).rejects.toThrow('403')
  await expect(openWs('/other')).rejects.toThrow('404')
})

test('the same frames over WebSocket', async () => {
  const ws = await openWs('/ws')
  const frames: { id: number | null; result?: unknown; error?: { data: { code: string } } }[] = []
  ws.on('message', (data) => frames.push(JSON.parse(String(data))))
  const reply = (id: number | null) => eventually(() => frames.find((frame) => frame.id === id), `a reply to ${id}`)
  ws.send(
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'hello',
      params: { version: '1', protocol: PROTOCOL_VERSION, client: 'page' },
    }),
  )
  expect((await reply(1)).result).toMatchObject({ version: '9.9.9' })
  ws.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'stop', params: { targets: ['x'] } }))
  expect((await reply(2)).error?.data.code).toBe('NOT_FOUND')
  ws.send(Buffer.from([1, 2, 3]))
  expect((await reply(null)).error?.data.code).toBe('BAD_REQUEST')
  const closed = new Promise<number>((resolve) => ws.on('close', resolve))
  ws.send('x'.repeat(1024 * 1024 + 1))
  expect(await closed).toBe(1009)
  expect(wire.errors).toEqual([])
})

test('close() tells everyone and ends everything within its time, even clients that do not read', async () => {
  const other = await openWire({ handlers: { wait: () => new Promise(() => {}) } })
  const client = await new RawClient(other.path).hello()
  client.ask(1, 'wait', { targets: ['x'] })
  const deaf = await new RawClient(other.path).hello()
  deaf.socket.pause()
  const silent = new RawClient(other.path)
  await new Promise((resolve) => silent.socket.once('connect', resolve))
  await other.close()
  await client.untilClosed()
  expect(client.notes('stopping')).toEqual([{ reason: 'test over' }])
  deaf.end()
  silent.end()
})

test('bytes stand behind the line of a reply where a client of lines asks for that, and are base64 for all others', async () => {
  const place = { from: 7, next: 12, lost: 0, ended: true }
  const inText = { ...place, data: BYTES.toString('base64') }
  const client = await connect({ home: wire.home, clientName: 'test' })
  const query = { target: 'web', stream: 'out' } as const
  expect(await client.request('logs.bytes', { ...query, raw: true })).toEqual({ ...place, data: '', bytes: BYTES })
  expect(await client.request('logs.bytes', query)).toEqual(inText)
  expect(await client.request('list', {})).toEqual([])
  client.close()
  const ws = await openWs('/ws')
  const replies: unknown[] = []
  ws.on('message', (data) => replies.push(JSON.parse(String(data))))
  const hello = { version: '1', protocol: PROTOCOL_VERSION, client: 'test' }
  ws.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params: hello }))
  ws.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'logs.bytes', params: { ...query, raw: true } }))
  await eventually(() => replies.length === 2, 'both replies')
  expect(replies[1]).toEqual({ jsonrpc: '2.0', id: 2, result: inText })
  ws.close()
})

function openWs(path: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://localhost${path}`, { headers, createConnection: () => createConnection(wire.path) })
    ws.once('open', () => resolve(ws))
    ws.once('error', reject)
  })
}

/** The value once it stays the same for as long as it takes to answer somebody else a hundred times. */
async function settled(read: () => number): Promise<number> {
  const other = await raw()
  for (let before = read(), id = 1; ; before = read()) {
    for (let turn = 0; turn < 100; turn++, id++) {
      other.ask(id, 'tree', { targets: ['x'] })
      await other.reply(id)
    }
    if (read() !== before) continue
    other.end()
    return before
  }
}
