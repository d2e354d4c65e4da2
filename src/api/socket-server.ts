/** The daemon's listeners. On its socket `{` begins a JSON-RPC frame per line (CLI), else it is HTTP; TCP is HTTP only. */
import { lstatSync, unlinkSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DaemonLog } from '../core/world.ts'
import type { AccessLog } from '../core/world-access.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Hello } from '../protocol/requests.ts'
import type { EventLog } from '../supervisor/event-log.ts'
import type { Access, Peer } from './access.ts'
import { type WireBounds, wireBounds } from './bounds.ts'
import type { Channel } from './channel.ts'
import { Connection, type ConnectionDeps } from './connection.ts'
import type { ViewSource } from './contract.ts'
import { Feed, type FeedDemand } from './feed.ts'
import type { Guard } from './guard.ts'
import type { Endpoint } from './http/gateway.ts'
import type { PageOptions } from './http/page.ts'
import { LineChannel } from './line-channel.ts'
import { Strangers } from './strangers.ts'
import { type Bound, listenTcp, type TcpWish } from './tcp-listener.ts'
import type { TunnelDesk } from './tunnel.ts'

export interface SocketServerOptions {
  guard: Guard
  events: EventLog
  views: ViewSource
  hello: (peer: Peer, cwd: string | null) => Hello
  demand?: FeedDemand | undefined
  log: DaemonLog
  access: Access
  /** Changes when any view does, so that an unchanged list costs nothing. */
  revision?: () => number
  renderMetrics?: () => Promise<string>
  accessLog?: AccessLog
  page?: PageOptions
  tunnels?: TunnelDesk
  /** Whether the home with the socket's file is still ours; `leave` ends the daemon. */
  home?: { check(): void; leave(why: string): never }
  /** For tests. */
  bounds?: Partial<WireBounds>
}

export interface SocketServer {
  /** Binds a path (see bindableSocketPath). The caller holds the daemon's lock: a socket file found there is stale. */
  listen(path: string): Promise<void>
  /** Binds TCP, for HTTP with tokens; `accessFor` gets the address. Throws PORT_TAKEN and BAD_REQUEST. */
  listenTcp(wish: TcpWish, accessFor: (bound: Bound) => Access): Promise<Bound>
  /** Notifies every client, ends every connection within a second, and removes the socket file. */
  close(reason: string): Promise<void>
  /** Long-lived clients: connections that said hello, streams of events, and updates of processes. */
  readonly clients: number
  readonly watchers: number
}

const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code

export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { log, access } = options
  const bounds: WireBounds = { ...wireBounds, ...options.bounds }
  const feed = new Feed({ events: options.events, views: options.views, bounds, demand: options.demand })
  const connections = new Set<Connection>()
  /** How to end send-only WebSockets. */
  const updateSockets = new Map<Duplex, (reason: string) => void>()
  /** Where each socket came in. */
  const endpoints = new WeakMap<Duplex, Endpoint>()
  const sockets = new Set<Socket>()
  const strangers = new Strangers(bounds)
  let counter = 0
  let streams = 0
  let closing = false
  const deps: ConnectionDeps = { ...options, feed, bounds, onClosed: (connection) => connections.delete(connection) }

  function admit(channel: Channel, peer: Peer, access: Access): void {
    if (closing) channel.destroy()
    else connections.add(new Connection(++counter, channel, peer, { ...deps, access }))
  }

  let gateway: Promise<HttpServer> | null = null
  const openGateway = async (): Promise<HttpServer> => {
    const [{ createHttpGateway }, { WsChannel }, { serveUpdates }] = await Promise.all([
      import('./http/gateway.ts'),
      import('./ws-channel.ts'),
      import('./http/update-socket.ts'),
    ])
    return createHttpGateway({
      guard: options.guard,
      feed,
      events: options.events,
      bounds,
      log,
      revision: options.revision ?? (() => ++unknownRevision),
      renderMetrics: options.renderMetrics ?? null,
      accessLog: options.accessLog ?? null,
      page: options.page ?? null,
      endpointOf: (socket) => endpoints.get(socket) ?? { access, address: null },
      onStream: (response) => {
        streams++
        response.once('close', () => streams--)
      },
      onRequest: (raw) => {
        raw.emit('identified')
        strangers.asked(raw)
      },
      onAnswered: (raw) => strangers.answered(raw),
      onKnown: (raw) => strangers.known(raw),
      onWebSocket: (ws, raw, caller, path) => {
        if (path === '/ws') {
          admit(new WsChannel(ws, raw, bounds), caller.peer, caller.access)
          return
        }
        updateSockets.set(raw, serveUpdates(ws, raw, caller, { feed, guard: options.guard, bounds }))
        raw.once('close', () => updateSockets.delete(raw))
      },
    })
  }
  let unknownRevision = 0

  async function handToHttp(socket: Socket, first: Buffer): Promise<void> {
    gateway ??= openGateway()
    const http = await gateway
    socket.unshift(first)
    http.emit('connection', socket)
    socket.resume()
  }

  function accept(socket: Socket, endpoint: Endpoint): void {
    endpoints.set(socket, endpoint)
    sockets.add(socket)
    if (endpoint.address !== null) strangers.arrive(socket)
    socket.on('close', () => sockets.delete(socket))
    // Clients disappear by resets; 'close' follows and is handled.
    socket.on('error', (error) => log.debug('api', `a client's connection broke: ${error.message}`))
    // A descriptor cannot be held anonymously; Connection has the same timer after the first byte.
    const silent = setTimeout(() => socket.destroy(), bounds.helloMs).unref()
    const identified = (): void => clearTimeout(silent)
    socket.once('close', identified)
    socket.once('identified', identified)
    socket.once('end', () => {
      if (!socket.bytesRead) socket.destroy()
    })
    socket.once('data', (first: Buffer) => {
      socket.pause()
      if (endpoint.address === null && /^[\s{]/.test(String.fromCharCode(first[0]!))) {
        identified()
        admit(new LineChannel(socket, first, bounds), access.peer(), access)
        return
      }
      handToHttp(socket, first).catch((error: unknown) => {
        log.error('api', 'cannot serve HTTP', error)
        socket.destroy()
      })
    })
  }

  let listener: Server | null = null
  let tcp: Server | null = null
  /** Each resolves when the last connection of a listener is gone. */
  const ended: Promise<void>[] = []
  let presence: NodeJS.Timeout | null = null
  let loggedMissing = false
  let own: string | null = null

  function bind(path: string): Promise<void> {
    // Half-open, so that `printf ... | nc -U` gets its answers; Connection ends its own half.
    const server = createServer({ allowHalfOpen: true }, (socket) => accept(socket, { access, address: null }))
    server.maxConnections = bounds.connections
    listener = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      // bind() happens inside listen(): with this mask others can never open the socket.
      const mask = process.umask(0o177)
      try {
        server.listen(path, () => {
          server.off('error', reject)
          server.on('error', (error) => log.warn('api', `cannot accept a connection: ${error.message}`))
          own = identityOf(path)
          resolve()
        })
      } finally {
        process.umask(mask)
      }
    })
  }

  function unbind(): void {
    const server = listener
    if (server !== null) ended.push(new Promise((resolve) => server.close(() => resolve())))
    listener = null
  }

  /** Restores the socket's file if somebody removed it; not in a home, or beside a socket, of another daemon. */
  async function lookAfter(path: string): Promise<void> {
    if (closing) return
    options.home?.check()
    const found = identityOf(path)
    if (found !== null) {
      if (found !== own && found !== '?' && own !== null) options.home?.leave('its socket was replaced by another file')
      return
    }
    // First, because closing a socket removes the file of its name.
    unbind()
    try {
      await bind(path)
      log.warn('api', `the socket ${path} was removed; it is there again`)
      loggedMissing = false
    } catch (error) {
      if (!loggedMissing) log.error('api', `cannot listen at ${path} again: ${(error as Error).message}`, error)
      loggedMissing = true
    }
  }

  return {
    get clients() {
      let count = streams + updateSockets.size
      for (const connection of connections) if (connection.client !== null) count++
      return count
    },
    get watchers() {
      return feed.watchers
    },
    async listen(path) {
      removeStale(path)
      await bind(path)
      presence = setInterval(() => void lookAfter(path), bounds.presenceMs).unref()
    },
    async listenTcp(wish, accessFor) {
      let access: Access | null = null
      const { server, bound } = await listenTcp(wish, bounds, log, (socket, address) => {
        if (access === null) socket.destroy()
        else accept(socket, { access, address })
      })
      access = accessFor(bound)
      tcp = server
      return bound
    },
    async close(reason) {
      closing = true
      if (presence !== null) clearInterval(presence)
      unbind()
      if (tcp !== null) ended.push(new Promise((resolve) => tcp?.close(() => resolve())))
      for (const connection of [...connections]) connection.stop(reason)
      for (const end of [...updateSockets.values()]) end(reason)
      feed.close()
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, bounds.closeMs)
      await Promise.all(ended)
      clearTimeout(cut)
    },
  }
}

/** Device and inode; null when nothing is there, `?` when it cannot be read. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = lstatSync(path)
    return `${dev}:${ino}`
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? null : '?'
  }
}

function removeStale(path: string): void {
  try {
    if (!lstatSync(path).isSocket())
      throw new PtrackError('UNSAFE', `cannot listen at ${path}: it is a file, not a socket`, { hint: 'move it away' })
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
