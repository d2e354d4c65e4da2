/**
 * What happens on a server: connections, answers, WebSockets. Seen by its `emit`, not by listeners: a listener that nobody expects
 * changes what Node does with an upgrade, what http2 makes of a request, and is removed by libraries that remove all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'

export interface Watched {
  /** As they came through the socket. */
  connections: Set<Socket>
  /** The TLS inside of some of them. */
  secured: Set<Socket>
  sessions: Set<ServerHttp2Session>
  webSockets: Set<Socket>
}

export interface Watcher {
  onRequest(request: IncomingMessage, response: ServerResponse): void
  onSession(session: ServerHttp2Session): void
  onWebSocket(socket: Socket): void
  /** A connection has ended. */
  onEnd(): void
}

const REQUESTS = new Set<unknown>(['request', 'checkContinue', 'checkExpectation'])

const known = new WeakMap<Server, Watched>()

/** The same for the same server, which may listen again. */
export function watch(server: Server, watcher: Watcher): Watched {
  const before = known.get(server)
  if (before !== undefined) return before
  const watched: Watched = { connections: new Set(), secured: new Set(), sessions: new Set(), webSockets: new Set() }
  known.set(server, watched)
  const see = (event: unknown, first: unknown, second: unknown): void => {
    if (event === 'connection') keep(watched.connections, first as Socket, watcher.onEnd)
    else if (event === 'secureConnection') keep(watched.secured, first as Socket)
    else if (REQUESTS.has(event)) watcher.onRequest(first as IncomingMessage, second as ServerResponse)
    else if (event === 'session') {
      keep(watched.sessions, first as ServerHttp2Session)
      watcher.onSession(first as ServerHttp2Session)
    } else if (event === 'upgrade' && isWebSocket(first as IncomingMessage)) {
      keep(watched.webSockets, second as Socket)
      watcher.onWebSocket(second as Socket)
    }
  }
  const { emit } = server
  const value = function (this: Server, ...args: never[]): boolean {
    try {
      see(args[0], args[1], args[2])
    } catch {
      // Whatever was emitted is not what Node emits: not ours.
      return emit.apply(this, args as never)
    }
    return emit.apply(this, args as never)
  }
  Object.defineProperty(server, 'emit', { value, writable: true, configurable: true, enumerable: false })
  return watched
}

const isWebSocket = (request: IncomingMessage): boolean => /^websocket$/i.test(request.headers.upgrade ?? '')

function keep<T extends Socket | ServerHttp2Session>(set: Set<T>, item: T, then?: () => void): void {
  if (set.has(item)) return
  set.add(item)
  item.once('close', () => {
    set.delete(item)
    then?.()
  })
}
