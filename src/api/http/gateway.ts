/** HTTP on the daemon's sockets: access and limits, then REST or a WebSocket. Loaded with the first connection, REST later. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import type { DaemonLog } from '../../core/world.ts'
import type { AccessLog } from '../../core/world-access.ts'
import { monoMs } from '../../protocol/mono.ts'
import { type Access, isRefusal, type Peer, type Refusal } from '../access.ts'
import type { WireBounds } from '../bounds.ts'
import type { App, AppOptions, Caller } from './app.ts'
import { HttpTimeouts } from './http-timeouts.ts'
import { isOfPage, type PageOptions, servePage } from './page.ts'
import { HEADERS, PROBLEM_TYPE, problemWith } from './problem.ts'
import type { Problem } from './replies.ts'
import { TokenBuckets } from './token-bucket.ts'

export interface Endpoint {
  access: Access
  /** Of a TCP client; null on the daemon's own socket. */
  address: string | null
}

export interface GatewayOptions extends Omit<AppOptions, 'callerOf'> {
  bounds: WireBounds
  log: DaemonLog
  accessLog: AccessLog | null
  page: PageOptions | null
  endpointOf: (socket: Duplex) => Endpoint
  /** A complete request head came: the connection is no longer silent. */
  onRequest: (socket: Duplex) => void
  onAnswered: (socket: Duplex) => void
  onKnown: (socket: Duplex) => void
  /** A WebSocket was opened, for the protocol or for updates of processes. */
  onWebSocket: (ws: WebSocket, socket: Duplex, caller: Caller, path: WebSocketPath) => void
}

const WEB_SOCKETS = ['/ws', '/ws/processes'] as const
export type WebSocketPath = (typeof WEB_SOCKETS)[number]

export function createHttpGateway(options: GatewayOptions): Server {
  const { bounds, log, endpointOf } = options
  const server = createServer({ maxHeaderSize: bounds.headerBytes, keepAliveTimeout: 0, insecureHTTPParser: false })
  // Above the accepted number of fields, so that surplus ones are refused and not silently dropped.
  server.maxHeadersCount = bounds.headerFields * 2
  const timeouts = new HttpTimeouts(bounds)
  const peers = new TokenBuckets({ perSecond: bounds.peerRate, burst: bounds.peerBurst, now: monoMs })
  const addresses = new TokenBuckets({ perSecond: bounds.addressRate, burst: bounds.addressBurst, now: monoMs })
  const callers = new WeakMap<IncomingMessage, Caller>()
  const inFlight = new WeakMap<Duplex, number>()
  const numbers = new WeakMap<Duplex, number>()
  let counter = 0
  let app: Promise<App> | null = null
  let webSockets: Promise<WebSocketServer> | null = null

  server.on('connection', (socket) => {
    numbers.set(socket, ++counter)
    timeouts.begin(socket)
  })

  /** The caller, or why it is refused. */
  async function admit(request: IncomingMessage): Promise<Caller | Refusal> {
    const { access, address } = endpointOf(request.socket)
    const tooMuch = refuseHead(request, bounds)
    if (tooMuch !== null) return tooMuch
    const early = address === null ? 0 : addresses.take(address)
    if (early > 0) return tooOften(early)
    const peer = await access.admit(request)
    if (isRefusal(peer)) return peer
    options.onKnown(request.socket)
    const late = peer.token === null ? 0 : peers.take(`${peer.user}\0${peer.token}`)
    return late > 0 ? tooOften(late) : { peer, access, connection: numbers.get(request.socket) ?? 0 }
  }

  /** The page itself: needs no authentication yet. */
  async function answerPage(page: PageOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, address } = endpointOf(request.socket)
    const early = address === null ? 0 : addresses.take(address)
    const refusal = refuseHead(request, bounds) ?? (early > 0 ? tooOften(early) : access.visit(request))
    let peer: Peer | null = null
    note(request, response, () => peer)
    if (refusal !== null) return sendRefusal(response, refusal)
    peer = await servePage(page, access, request, response)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (options.page !== null && isOfPage(request)) return answerPage(options.page, request, response)
    const caller = await admit(request)
    note(request, response, () => ('peer' in caller ? caller.peer : null))
    if (!('peer' in caller)) {
      sendRefusal(response, caller)
      return
    }
    callers.set(request, caller)
    app ??= import('./app.ts').then(({ createApp }) => createApp({ ...options, callerOf: (raw) => callers.get(raw)! }))
    ;(await app)(request, response)
  }

  function note(request: IncomingMessage, response: ServerResponse, peerOf: () => Peer | null): void {
    if (options.accessLog === null) return
    const { address } = endpointOf(request.socket)
    const { socket, method = '' } = request
    const beganMs = monoMs()
    const beganBytes = socket.bytesWritten
    response.once('close', () => {
      const peer = peerOf()
      options.accessLog?.note({
        user: peer?.user ?? null,
        token: peer?.token ?? null,
        address,
        method,
        path: pathOf(request),
        status: response.statusCode,
        ms: Math.round(monoMs() - beganMs),
        bytes: socket.bytesWritten - beganBytes,
      })
    })
  }

  server.on('request', (request, response) => {
    const { socket } = request
    options.onRequest(socket)
    const waiting = (inFlight.get(socket) ?? 0) + 1
    inFlight.set(socket, waiting)
    if (waiting > bounds.pipelined) {
      // Earlier ones are answered, this one is refused, and later ones get no answer.
      if (waiting === bounds.pipelined + 1) {
        timeouts.answered(socket)
        sendRefusal(response, {
          status: 503,
          reason: `more than ${bounds.pipelined} requests of this connection wait for an answer`,
        })
      }
      return
    }
    timeouts.headCame(socket, request)
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1
      inFlight.set(socket, left)
      // A stream may still follow this answer.
      if (left > 0) return
      timeouts.answered(socket)
      options.onAnswered(socket)
    })
    answer(request, response).catch((error: unknown) => {
      log.error('api', 'cannot answer a request', error)
      socket.destroy()
    })
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    options.onRequest(socket)
    timeouts.end(socket)
    // Resets during authentication; the WebSocket reports its fate by `close`.
    socket.on('error', () => {})
    const caller = await admit(request)
    if (!('peer' in caller)) return refuseUpgrade(socket, caller.status, caller.reason, caller.headers)
    const path = WEB_SOCKETS.find((each) => each === pathOf(request))
    if (path === undefined) return refuseUpgrade(socket, 404, 'there is no WebSocket but /ws and /ws/processes')
    if (request.url !== path) return refuseUpgrade(socket, 400, 'a WebSocket takes nothing behind a `?`')
    if (socket.destroyed) return
    webSockets ??= import('ws').then(
      // One message a turn, as with lines: replies to the first are counted before the second is taken.
      (ws) =>
        new ws.WebSocketServer({
          noServer: true,
          perMessageDeflate: false,
          maxPayload: bounds.frameBytes,
          allowSynchronousEvents: false,
        }),
    )
    ;(await webSockets).handleUpgrade(request, socket, head, (ws) => options.onWebSocket(ws, socket, caller, path))
  }

  server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch((error: unknown) => {
      log.error('api', 'cannot open a WebSocket', error)
      refuseUpgrade(socket, 500, 'the WebSocket cannot be opened')
    })
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    timeouts.end(socket)
    if (error.code === 'HPE_HEADER_OVERFLOW') refuseUpgrade(socket, 431, `the head is larger than ${bounds.headerBytes} bytes`)
    else refuseUpgrade(socket, 400, 'this is not HTTP as it should be')
  })
  return server
}

function refuseHead({ rawHeaders, url = '', headers }: IncomingMessage, bounds: WireBounds): Refusal | null {
  if (rawHeaders.length / 2 > bounds.headerFields)
    return { status: 431, reason: `the head has more than ${bounds.headerFields} fields` }
  if (url.length > bounds.addressBytes) return { status: 414, reason: `the address is longer than ${bounds.addressBytes} bytes` }
  if (rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length > 1)
    return { status: 400, reason: 'the head has more than one Host' }
  // Host and address must not differ, or a proxy before us might read another name.
  const named = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1]
  if (named !== undefined && named.toLowerCase() !== headers.host?.toLowerCase())
    return { status: 400, reason: 'the address names another host than the Host header' }
  return null
}

const tooOften = (ms: number): Refusal => ({
  status: 429,
  reason: 'too many requests; wait a moment',
  headers: { 'retry-after': String(Math.ceil(ms / 1000)) },
})

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0]!

/** The body is not read: the connection ends after the answer. */
function sendRefusal(response: ServerResponse, { status, reason, headers }: Refusal): void {
  const { socket } = response
  response.writeHead(status, { ...HEADERS, ...headers, 'content-type': PROBLEM_TYPE, connection: 'close' })
  response.end(textOf(problemWith(status, reason)))
  socket?.resume()
}

const textOf = (problem: Problem): string => `${JSON.stringify(problem)}\n`

function refuseUpgrade(socket: Duplex, status: number, reason: string, more: Readonly<Record<string, string>> = {}): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemWith(status, reason)
  const body = textOf(problem)
  const fields = {
    ...HEADERS,
    ...more,
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${problem.title}\r\n${head.join('')}\r\n${body}`, () => socket.destroy())
}
