/** The client library against a real socket server. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { connect, unreachableKind } from '../../src/client/connect.ts'
import { logBytes } from '../../src/client/log-bytes.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'
import { makeView, openWire, type Wire, type WireOptions } from '../api/support/wire.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})
const start = async (options: WireOptions = {}): Promise<Wire> => {
  const wire = await openWire(options)
  cleanups.push(() => wire.close())
  return wire
}
const emptyHome = (): string => {
  const home = mkdtempSync(join(tmpdir(), 'ptrack-client-'))
  cleanups.push(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** A daemon that answers with whatever a test likes. */
async function fakeDaemon(onSocket: (socket: Socket) => void): Promise<string> {
  const home = emptyHome()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(join(home, 'daemon.sock'), resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return home
}

test('hello, typed requests, errors with code and hint, notifications', async () => {
  const wire = await start({
    handlers: {
      stop: () =>
        Promise.reject(
          new PtrackError('NOT_FOUND', 'cannot stop x: there is no such process', { hint: 'see `ptrack ls`', details: { a: 1 } }),
        ),
    },
  })
  wire.views.set('a', makeView('a', 'web', { description: 'ä'.repeat(300_000) }))
  const client = await connect({ home: wire.home, clientName: 'test' })
  expect(client.hello).toMatchObject({ version: '9.9.9', home: wire.home })
  const views = await client.request('list', {})
  expect(views[0]?.description).toHaveLength(300_000)
  expect(wire.calls[0]?.context.client).toBe('test')
  await expect(client.request('stop', { targets: ['x'] })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    hint: 'see `ptrack ls`',
    details: { a: 1 },
  })
  // Registered after the reply: events right behind it are not missed.
  wire.events.publish('paused', null, { run: 1 })
  await client.request('subscribe', { since: 0 })
  const event = await new Promise((resolve) => client.on('event', resolve))
  expect(event).toMatchObject({ event: { seq: 1, type: 'paused' } })
  client.close()
  expect(await client.closed).toBeNull()
  await expect(client.request('list', {})).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('fifty clients at once, each with many requests', async () => {
  const wire = await start()
  wire.views.set('a', makeView('a', 'web'))
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect({ home: wire.home })))
  expect(wire.server.clients).toBe(50)
  const replies = await Promise.all(clients.flatMap((client) => Array.from({ length: 20 }, () => client.request('list', {}))))
  expect(replies.every((reply) => reply.length === 1)).toBe(true)
  for (const client of clients) client.close()
})

test('a home whose path is too long for a socket', async () => {
  const home = join(emptyHome(), 'd'.repeat(120))
  mkdirSync(home)
  const { bindableSocketPath } = await import('../../src/protocol/socket-path.ts')
  const { createSocketServer } = await import('../../src/api/socket-server.ts')
  const { ownerAccess } = await import('../../src/api/access.ts')
  const { EventLog } = await import('../../src/supervisor/event-log.ts')
  const server = createSocketServer({
    guard: {
      handlers: { list: async () => [] } as never,
      meant: (_, params) => params,
      sight: () => null,
      followLogs: () => ({ close: () => {} }),
    },
    events: new EventLog({ epoch: 'e', clock: { wall: () => 0 }, capacity: 10 }),
    views: { all: () => [], onViews: () => () => {}, match: () => () => true },
    hello: () => ({ version: '1', protocol: PROTOCOL_VERSION, capabilities: [], pid: 1, home, startedAt: '', user: 'me' }),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    access: ownerAccess('me'),
  })
  const bindable = bindableSocketPath(home)
  await server.listen(bindable.path)
  const client = await connect({ home })
  expect(await client.request('list', {})).toEqual([])
  client.close()
  await server.close('x')
  bindable.close()
  await expect(connect({ home })).rejects.toMatchObject({ details: { errno: 'ENOENT' } })
})

test('why a daemon cannot be reached, and what to do', async () => {
  const home = emptyHome()
  const failure = (promise: Promise<unknown>): Promise<PtrackError> =>
    promise.then(
      () => expect.unreachable(),
      (error) => error,
    )
  const missing = await failure(connect({ home }))
  expect(missing).toMatchObject({
    code: 'UNREACHABLE',
    hint: 'start it with `ptrack daemon start`',
    details: { errno: 'ENOENT' },
  })
  expect(missing.message).toMatch(/^cannot reach the daemon: it is not running/)
  expect(unreachableKind(missing)).toBe('not-running')

  // What a killed daemon leaves behind: a socket file whose listener is dead.
  const bind = `const s = require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', bind, join(home, 'daemon.sock')])
  expect(unreachableKind(await failure(connect({ home })))).toBe('not-running')

  writeFileSync(join(home, 'file'), '')
  const odd = await failure(connect({ home, socketPath: join(home, 'file', 'daemon.sock') }))
  expect(odd).toMatchObject({ code: 'UNREACHABLE', details: { errno: 'ENOTDIR' } })
  expect(unreachableKind(odd)).toBeNull()
})

test('a daemon that hangs, one that hangs up, one that talks nonsense', async () => {
  const mute = await fakeDaemon(() => {})
  await expect(connect({ home: mute, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    details: { errno: 'ETIMEDOUT' },
  })
  const rude = await fakeDaemon((socket) => socket.once('data', () => socket.destroy()))
  const gone = await connect({ home: rude }).catch((error) => error)
  expect(gone).toMatchObject({ code: 'UNREACHABLE' })
  expect(unreachableKind(gone)).toBe('gone')
  const odd = await fakeDaemon((socket) => socket.write('HTTP/1.1 400 Bad Request\n'))
  await expect(connect({ home: odd })).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('a request under way is rejected when the daemon goes, and closed says why', async () => {
  const wire = await openWire({ handlers: { wait: () => new Promise(() => {}) } })
  const client = await connect({ home: wire.home })
  const waiting = client.request('wait', { targets: ['x'] })
  const outcome = expect(waiting).rejects.toMatchObject({ code: 'UNREACHABLE', message: expect.stringContaining('test over') })
  await client.request('list', {})
  await wire.close()
  await outcome
  expect(await client.closed).toMatchObject({ code: 'UNREACHABLE' })
})

test('a request can be given up', async () => {
  const wire = await start({ handlers: { wait: () => new Promise(() => {}) } })
  const client = await connect({ home: wire.home })
  await expect(client.request('wait', { targets: ['x'] }, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
  expect(await client.request('list', {})).toEqual([])
  client.close()
})

test('a daemon of another version: refused with advice, or accepted where it is asked for', async () => {
  const home = await fakeDaemon((socket) => {
    socket.on('data', (chunk) => {
      for (const line of String(chunk).trim().split('\n')) {
        const { id, params } = JSON.parse(line)
        const error = {
          code: -32000,
          message: 'skew',
          data: { code: 'VERSION_SKEW', message: 'skew', hint: 'restart', details: { daemonProtocol: 99 } },
        }
        socket.write(
          `${JSON.stringify(params.protocol === 99 ? { jsonrpc: '2.0', id, result: { version: '99', protocol: 99 } } : { jsonrpc: '2.0', id, error })}\n`,
        )
      }
    })
  })
  await expect(connect({ home })).rejects.toMatchObject({ code: 'VERSION_SKEW', hint: 'restart' })
  const client = await connect({ home, acceptSkew: true })
  expect(client.hello.protocol).toBe(99)
  client.close()
})

test('a notification that comes with the reply, each in a chunk of its own, meets whoever begins to listen after the reply', async () => {
  const transport = Object.assign(
    new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        // As a WebSocket tells two messages that came together: one after the other, in one turn.
        transport.push('{"jsonrpc":"2.0","id":1,"result":{"follow":"f"}}\n')
        transport.push('{"jsonrpc":"2.0","method":"logs","params":{"follow":"f","lines":[],"cursor":"c","notices":[]}}\n')
        done()
      },
    }),
    { destroySoon: () => transport.destroy(), ref: () => {}, unref: () => {} },
  )
  const client = new Client(transport)
  await client.request('logs.follow', { cursor: 'b' })
  const cursor = await new Promise((resolve) => client.on('logs', (page) => resolve(page.cursor)))
  expect(cursor).toBe('c')
  client.close()
})

test('bytes behind a reply arrive as they are, however they are torn, between lines that are none of theirs', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at % 7 === 0 ? 10 : at % 256)))
  const home = await fakeDaemon((socket) => {
    let asked = 0
    socket.on('data', async (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split('\n')) {
        const { id, method } = JSON.parse(line)
        if (method === 'hello') {
          const hello = { version: '1', protocol: PROTOCOL_VERSION, capabilities: ['raw-bytes'], pid: 1, home, user: 'me' }
          socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: hello })}\n`)
          continue
        }
        asked++
        const place = { data: '', from: 5, next: 5 + bytes.length, lost: 0, ended: asked === 2 }
        const head = `{"jsonrpc":"2.0","id":${id},"bytes":${bytes.length},"result":${JSON.stringify(place)}}\n`
        const notice = `${JSON.stringify({ jsonrpc: '2.0', method: 'heartbeat', params: { at: 'now', seq: asked } })}\n`
        const all = Buffer.concat([Buffer.from(notice), Buffer.from(head), bytes, Buffer.from('\n'), Buffer.from(notice)])
        for (let at = 0; at < all.length; at += 9973) {
          socket.write(all.subarray(at, at + 9973))
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
    })
  })
  const client = await connect({ home, clientName: 'test' })
  let beats = 0
  client.on('heartbeat', () => {
    beats++
  })
  for (const ended of [false, true]) {
    const piece = await logBytes(client, { target: 'web', stream: 'out' })
    expect(piece.bytes.equals(bytes)).toBe(true)
    expect(piece).toMatchObject({ from: 5, next: 5 + bytes.length, ended })
  }
  await expect.poll(() => beats).toBe(4)
  client.close()
})

test('a daemon that sends no bytes is asked for none, and its base64 means the same', async () => {
  const asked: unknown[] = []
  const home = await fakeDaemon((socket) => {
    socket.on('data', (chunk: Buffer) => {
      const { id, method, params } = JSON.parse(chunk.toString())
      const hello = { version: '1', protocol: PROTOCOL_VERSION, capabilities: [], pid: 1, home, user: 'me' }
      if (method !== 'hello') asked.push(params)
      const result = method === 'hello' ? hello : { data: 'aGkK', from: 0, next: 3, lost: 0, ended: true }
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
    })
  })
  const client = await connect({ home, clientName: 'test' })
  const piece = await logBytes(client, { target: 'web', stream: 'out' })
  expect([piece.bytes.toString(), piece.next]).toEqual(['hi\n', 3])
  expect(asked).toEqual([{ target: 'web', stream: 'out' }])
  client.close()
})
