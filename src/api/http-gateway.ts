/**
 * HTTP on the daemon's sockets. `answerHttp` is the one function that the REST interface will replace; upgrades to the
 * protocol (`/ws`) stay here. Loaded with the first connection that speaks HTTP.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { type Access, isRefusal, type Peer } from './access.ts'
import type { WireBounds } from './bounds.ts'

export interface GatewayOptions {
  access: Access
  bounds: WireBounds
  /** A complete request head came: the socket's silence is over. */
  onRequest: (socket: Duplex) => void
  /** A WebSocket that speaks the protocol has been opened. */
  onWebSocket: (ws: WebSocket, socket: Duplex, peer: Peer) => void
}

export function createHttpGateway(options: GatewayOptions): Server {
  const server = createServer({ keepAlive: false }, (request, response) => answerHttp(request, response, options))
  server.on('request', (request) => options.onRequest(request.socket))
  let webSockets: Promise<WebSocketServer> | null = null
  server.on('upgrade', (request, socket, head) => {
    const peer = options.access.admit(request.headers)
    if (isRefusal(peer)) return refuseUpgrade(socket, peer.status, peer.reason)
    if (pathOf(request) !== '/ws') return refuseUpgrade(socket, 404, 'there is no WebSocket but /ws')
    webSockets ??= import('ws').then(
      // One message a turn, as with lines: replies to the first are counted before the second is taken.
      (ws) =>
        new ws.WebSocketServer({
          noServer: true,
          perMessageDeflate: false,
          maxPayload: options.bounds.frameBytes,
          allowSynchronousEvents: false,
        }),
    )
    webSockets.then(
      (server) => server.handleUpgrade(request, socket, head, (ws) => options.onWebSocket(ws, socket, peer)),
      () => refuseUpgrade(socket, 500, 'the WebSocket module cannot be loaded'),
    )
  })
  server.on('clientError', (_error, socket) => refuseUpgrade(socket, 400, 'this is neither JSON-RPC lines nor HTTP'))
  return server
}

/** Until there is a REST interface: everything is answered, nothing is offered. */
function answerHttp(request: IncomingMessage, response: ServerResponse, options: GatewayOptions): void {
  const peer = options.access.admit(request.headers)
  const [status, reason] = isRefusal(peer)
    ? [peer.status, peer.reason]
    : pathOf(request) === '/ws'
      ? [426, 'this is a WebSocket address']
      : [404, 'there is nothing at this address']
  const headers = {
    'content-type': 'application/problem+json',
    connection: 'close',
    ...(status === 426 ? { upgrade: 'websocket' } : {}),
  }
  response.writeHead(status, headers).end(problem(status, reason))
  request.resume()
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0]!

const problem = (status: number, detail: string): string =>
  `${JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail })}\n`

function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = problem(status, reason)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
