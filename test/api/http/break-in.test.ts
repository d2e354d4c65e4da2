/** Nobody in who does not belong, and nobody who can make the daemon hold much or stop serving others. */
import { createConnection, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { until } from '../../support/until.ts'
import { bearer, type HttpWire, openHttp, parse, peer, type Request, say, send } from '../support/http.ts'
import { eventually } from '../support/wire.ts'

let wire: HttpWire
afterEach(() => wire.close())

const health: Request = { path: '/api/limits', headers: bearer('good') }
const serves = async (): Promise<void> => {
  expect((await send(wire.path, { path: '/api/limits' })).status).toBe(200)
}

/** The name of the cookie has the port in it. */
const atPort = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(wire.port))]))

test.each<[string, Request, number]>([
  ['no token', { path: '/api/processes' }, 401],
  ['a wrong token', { path: '/api/processes', headers: bearer('bad') }, 401],
  ['another scheme', { path: '/api/processes', headers: { authorization: 'Basic Z29vZA==' } }, 401],
  ['a token in the address', { path: '/api/processes?token=good' }, 401],
  ['a foreign Host', { ...health, headers: { ...bearer('good'), host: 'evil.example' } }, 403],
  ['a Host without our port', { ...health, headers: { ...bearer('good'), host: '127.0.0.1' } }, 403],
  ['a foreign Origin', { ...health, headers: { ...bearer('good'), origin: 'http://evil.example' } }, 403],
  ['the null Origin', { ...health, headers: { ...bearer('good'), origin: 'null' } }, 403],
  ['a foreign page without Origin', { ...health, headers: { ...bearer('good'), 'sec-fetch-site': 'cross-site' } }, 403],
  [
    'a cookie that acts without an Origin',
    { method: 'POST', path: '/api/processes/x/stop', headers: { cookie: 'ptrack_PORT=good' } },
    403,
  ],
  [
    'text of a page',
    { method: 'POST', path: '/api/processes', headers: { ...bearer('good'), 'content-type': 'text/plain' }, body: '{}' },
    415,
  ],
  [
    'a form',
    {
      method: 'POST',
      path: '/api/processes',
      headers: { ...bearer('good'), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1',
    },
    415,
  ],
  [
    'a preflight',
    { method: 'OPTIONS', path: '/api/processes', headers: { ...bearer('good'), 'access-control-request-method': 'POST' } },
    405,
  ],
  ['a GET that acts', { path: '/api/processes/x/stop', headers: bearer('good') }, 405],
  ['a path upwards', { path: '/api/processes/../../etc/passwd', headers: bearer('good') }, 404],
  ['a name upwards', { path: '/api/processes/..%2f..%2fetc%2fpasswd', headers: bearer('good') }, 400],
  ['a name upwards in a log', { path: '/api/processes/..%2f..%2fx/logs', headers: bearer('good') }, 400],
  ['a name with a line end', { path: '/api/processes/a%0d%0aset-cookie:x', headers: bearer('good') }, 400],
  ['a name with NUL', { path: '/api/processes/a%00b', headers: bearer('good') }, 400],
  ['a broken escape', { path: '/api/processes/%zz', headers: bearer('good') }, 400],
  ['everything', { method: 'POST', path: '/api/processes/all/stop', headers: bearer('good') }, 400],
  ['a pattern', { method: 'POST', path: '/api/processes/*/stop', headers: bearer('good') }, 400],
  ['an unknown address', { path: '/nothing', headers: bearer('good') }, 404],
  ['an unknown field in the address', { path: '/api/processes?nope=1', headers: bearer('good') }, 400],
])('%s is refused', async (_what, request, status) => {
  wire = await openHttp({ badTokenMs: 1 })
  const answer = await send(wire.port, { ...request, headers: atPort(request.headers) })
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(JSON.parse(answer.body)).toMatchObject({ status, code: expect.stringMatching(/^[A-Z_]+$/) })
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(wire.calls, 'no handler was reached').toEqual([])
  expect(wire.errors).toEqual([])
})

test.each<[string, string | Buffer]>([
  ['not JSON', '{"definition":'],
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"update":{"message":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')])],
  ['deep JSON', `{"update":{"metadata":{"x":${'['.repeat(5000)}${']'.repeat(5000)}}}}`],
  ['an integer beyond 2^53', '{"update":{"metadata":{"x":9007199254740993}}}'],
  ['a number beyond all', '{"update":{"metadata":{"x":1e999}}}'],
  ['a prototype key', '{"update":{"metadata":{"__proto__":{"a":1}}}}'],
  ['an empty body', ''],
])('a body that is %s is refused with 400', async (_what, body) => {
  wire = await openHttp()
  const answer = await send(wire.port, { method: 'PATCH', path: '/api/processes/x', headers: bearer('good'), body })
  expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'BAD_REQUEST'])
  expect(wire.calls).toEqual([])
})

test('a body of 2 MiB is refused, told and sent in chunks', async () => {
  wire = await openHttp()
  const big = Buffer.alloc(2 * 1024 * 1024, 0x20)
  const told = await send(wire.port, { method: 'POST', path: '/api/processes', headers: bearer('good'), body: big })
  expect(told.status).toBe(413)
  const head = `POST /api/processes HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`
  const chunks = Buffer.concat([Buffer.from(`${head}200000\r\n`), big, Buffer.from('\r\n0\r\n\r\n')])
  expect(parse(await say(wire.port, chunks)).status).toBe(413)
  expect(wire.calls).toEqual([])
  await serves()
})

test('ten thousand header fields, and a few too many, are refused', async () => {
  wire = await openHttp()
  const fields = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: b\r\n`).join('')
  const ask = (count: number): Promise<string> =>
    say(wire.port, `GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\n${fields(count)}\r\n`)
  expect(parse(await ask(10_000)).status).toBe(431)
  expect(parse(await ask(150)).status).toBe(431)
  await serves()
})

test('two lengths, a length and chunks, a bare line end: no request hides in another', async () => {
  wire = await openHttp()
  const head = `POST /api/processes HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n`
  for (const rest of [
    'content-length: 5\r\ncontent-length: 6\r\n\r\nGET /',
    'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    'x: a\rb\r\n\r\n',
    'transfer-encoding: xchunked\r\n\r\n',
  ])
    expect(parse(await say(wire.port, head + rest)).status, rest).toBe(400)
  expect(wire.calls).toEqual([])
})

test('a head and a body that drip are cut off, and others are served meanwhile', async () => {
  wire = await openHttp({ bounds: { headMs: 300, helloMs: 300, bodyMs: 300 } })
  const drip = (bytes: string): Promise<string> =>
    say(wire.port, bytes, (socket) => {
      const timer = setInterval(() => socket.write('a'), 20)
      socket.on('close', () => clearInterval(timer))
    })
  const head = `POST /api/processes HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\ncontent-type: application/json\r\n`
  const slow = [drip(`${head}x: `), drip(`${head}content-length: 1000\r\n\r\n`), say(wire.port, '')]
  await serves()
  await Promise.all(slow)
  expect(wire.calls.filter(({ method }) => method === 'start')).toEqual([])
})

test('idle sockets and connections are bounded per address, and the socket of the owner is not crowded out', async () => {
  wire = await openHttp({
    bounds: { addressConnections: 500, strangers: 500, strangerMs: 60_000, helloMs: 60_000, headMs: 60_000 },
  })
  const sockets: Socket[] = []
  let closed = 0
  for (let i = 0; i < 1000; i++) {
    const socket = createConnection(wire.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => closed++)
    sockets.push(socket)
  }
  await eventually(() => closed === 500, 'the second half is closed')
  await serves()
  for (const socket of sockets) socket.destroy()
  await eventually(() => closed === 1000, 'all are closed')
  // Their places are free again.
  await until(async () => (await send(wire.port, health)).status === 200, 'there is room')
})

test('one connection cannot pile up requests', async () => {
  let running = 0
  let most = 0
  wire = await openHttp({
    bounds: { idleMs: 200 },
    handlers: {
      'limits.get': () => {
        running++
        most = Math.max(most, running)
        return new Promise(() => {})
      },
    },
  })
  const one = `GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n\r\n`
  expect(await say(wire.port, one.repeat(200))).toBe('')
  expect(most).toBeLessThanOrEqual(16)
})

test('fifty requests at once on one connection: sixteen answers, then a refusal that ends it', async () => {
  wire = await openHttp()
  const one = `GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n\r\n`
  const said = await say(wire.port, one.repeat(50))
  const statuses = [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => Number(found[1]))
  expect(statuses).toEqual([...Array(16).fill(200), 503])
  expect(said.slice(said.lastIndexOf('HTTP/1.1'))).toMatch(/connection: close/i)
  await serves()
})

test('connections that show no token have few places and little time; one that shows it is let in and stays', async () => {
  wire = await openHttp({ bounds: { strangers: 20, strangerMs: 60_000 } })
  const sockets: Socket[] = []
  let closed = 0
  const open = (): Socket => {
    const socket = createConnection(wire.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => closed++)
    sockets.push(socket)
    return socket
  }
  const owner = open()
  const ask = () =>
    new Promise<string>((resolve) => {
      owner.once('data', (chunk) => resolve(String(chunk)))
      owner.write(`GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n\r\n`)
    })
  expect(await ask()).toMatch(/^HTTP\/1\.1 200/)
  for (let i = 0; i < 50; i++) open()
  await eventually(() => closed === 30, 'all but the newest are closed')
  expect(await ask()).toMatch(/^HTTP\/1\.1 200/)
  await serves()
  for (const socket of sockets) socket.destroy()
})

test('a connection that shows no token is closed after a while', async () => {
  wire = await openHttp({ bounds: { strangerMs: 100, helloMs: 60_000, headMs: 60_000 } })
  expect(await say(wire.port, '')).toBe('')
  expect(await say(wire.port, 'GET /api/limits HTTP/1.1\r\n')).toBe('')
})

test('two Hosts, and an address of another host, are refused', async () => {
  wire = await openHttp()
  const ask = async (line: string, ...hosts: string[]) =>
    parse(
      await say(
        wire.port,
        `GET ${line} HTTP/1.1\r\n${hosts.map((host) => `host: ${host}\r\n`).join('')}authorization: Bearer good\r\nconnection: close\r\n\r\n`,
      ),
    ).status
  const own = `127.0.0.1:${wire.port}`
  expect(await ask('/api/limits', own)).toBe(200)
  expect(await ask('/api/limits', own, own)).toBe(400)
  expect(await ask('/api/limits', own, 'evil.example')).toBe(400)
  expect(await ask('http://evil.example/api/limits', own)).toBe(400)
  expect(await ask(`http://${own}/api/limits`, own)).not.toBe(400)
})

test('too many requests of one token are told to wait, and others are not', async () => {
  wire = await openHttp({ bounds: { peerBurst: 3, peerRate: 0.001 }, tokens: { good: peer(), other: peer({ token: 'other' }) } })
  const statuses = []
  for (let i = 0; i < 5; i++) statuses.push((await send(wire.port, health)).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect(Number((await send(wire.port, health)).headers['retry-after'])).toBeGreaterThan(0)
  expect((await send(wire.port, { ...health, headers: bearer('other') })).status).toBe(200)
  await serves()
})

test.each<[string, Record<string, string>, string, number]>([
  ['no token', {}, '/ws', 401],
  ['a wrong token', bearer('bad'), '/ws', 401],
  ['a foreign Origin', { ...bearer('good'), origin: 'http://evil.example' }, '/ws', 403],
  ['a cookie and no Origin', { cookie: 'ptrack_PORT=good' }, '/ws', 403],
  ['a foreign Host', { ...bearer('good'), host: 'evil.example' }, '/ws', 403],
  ['a token in the address', {}, '/ws?token=good', 401],
  ['another address', bearer('good'), '/api/processes', 404],
  ['no token for updates', {}, '/ws/processes', 401],
])('a WebSocket with %s is refused', async (_what, headers, path, status) => {
  wire = await openHttp({ badTokenMs: 1 })
  const ws = new WebSocket(`ws://127.0.0.1:${wire.port}${path}`, { headers: atPort(headers) })
  const got = await new Promise<number>((resolve) => {
    ws.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    ws.on('open', () => resolve(101))
    ws.on('error', () => {})
  })
  ws.terminate()
  expect(got).toBe(status)
})

test('rights that end close streams and WebSockets', async () => {
  wire = await openHttp()
  const ws = new WebSocket(`ws://127.0.0.1:${wire.port}/ws/processes`, { headers: bearer('good') })
  await new Promise((resolve) => ws.on('open', resolve))
  const closed = new Promise<number>((resolve) => ws.on('close', resolve))
  let open = false
  const stream = say(
    wire.port,
    `GET /api/events HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\nconnection: close\r\n\r\n`,
    (socket) =>
      socket.once('data', () => {
        open = true
      }),
  )
  await eventually(() => open, 'the stream is open')
  wire.revoke('adm')
  expect(await closed).toBe(1008)
  expect(await stream).toContain('event: connected')
})

test('a burst of silent connections takes no place from one whose request is being read or answered', async () => {
  wire = await openHttp({ bounds: { strangers: 20, strangerMs: 60_000 } })
  const sockets: Socket[] = []
  const open = (): Socket => {
    const socket = createConnection(wire.port, '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }
  const slow = open()
  const head = `GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n`
  slow.write(head)
  await new Promise((resolve) => slow.once('connect', resolve))
  const answer = new Promise<string>((resolve) => slow.once('data', (chunk) => resolve(String(chunk))))
  // Its bytes have been read before anything of the burst is there.
  for (let turn = 0; turn < 5; turn++) await serves()
  let closed = 0
  for (let i = 0; i < 50; i++) open().on('close', () => closed++)
  await eventually(() => closed === 31, 'the silent ones are closed')
  slow.write('\r\n')
  expect(await answer).toMatch(/^HTTP\/1\.1 200/)
  for (const socket of sockets) socket.destroy()
})

test('where every place is held by a half-sent request, the oldest of them is closed, and who shows a token is served', async () => {
  wire = await openHttp({ bounds: { strangers: 5, strangerMs: 60_000 } })
  const open = (): Socket => createConnection(wire.port, '127.0.0.1').on('error', () => {})
  const owner = open()
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      owner.once('data', (chunk) => resolve(String(chunk)))
      owner.write(`GET /api/limits HTTP/1.1\r\nhost: 127.0.0.1:${wire.port}\r\nauthorization: Bearer good\r\n\r\n`)
    })
  await ask()
  const sockets = Array.from({ length: 5 }, open)
  const closed: Socket[] = []
  for (const socket of sockets) socket.on('close', () => closed.push(socket)).write('GET /')
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  // What was sent before has been read when the last of these is answered: some turns of the loop for each connection.
  for (let turn = 0; turn < 20; turn++) await ask()
  expect((await send(wire.port, health)).status).toBe(200)
  await eventually(() => closed.length > 0, 'one of them is closed')
  expect(closed.map((socket) => sockets.indexOf(socket))).toEqual([0])
  for (const socket of [owner, ...sockets]) socket.destroy()
})
