/**
 * The end of a process that served: it accepts nothing more, and ends what it has as each protocol does it. Idle keep-alive
 * connections are not closed: a client may be writing its next request at that moment, and would lose it.
 */
import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { makeCurrentLast, makeLast } from './last-answer.ts'
import type { Place } from './place.ts'
import { type Watched, type Watcher, watch } from './watch.ts'
import { attempt } from './words.ts'

export interface Drain {
  isDraining(): boolean
  connections(): number
  /** To be called with every server that has taken a socket. */
  follow(server: Server): void
  /** Calls it when the last connection is gone. */
  start(drained: () => void): void
}

/** The longest delay of a timer, 24 days: the process is ended before. */
const FOR_EVER_MS = 2 ** 31 - 1
/** A WebSocket's close frame, unmasked, code 1001: "going away", at which clients connect again. */
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])
/** A GOAWAY with this as its last stream announces the end, and refuses no stream yet. */
const LAST_STREAM = 2 ** 31 - 1
/** More than one to the other side of the world. */
const ROUND_TRIP_MS = 1000

export function createDrain(places: readonly Place[]): Drain {
  const all = new Set<Watched>()
  let draining = false
  let waiting: (() => void)[] = []

  const connections = (): number => [...all].reduce((sum, { connections }) => sum + connections.size, 0)
  const look = (): void => {
    if (!draining || connections() > 0) return
    const done = waiting
    waiting = []
    for (const drained of done) drained()
  }
  const watcher: Watcher = {
    onRequest: (request, response) => draining && makeLast(request, response),
    onSession: (session) => draining && announceEnd(session),
    // The program answers the handshake first.
    onWebSocket: (socket) => draining && setImmediate(goAway, socket),
    onEnd: look,
  }
  const begin = (): void => {
    draining = true
    // The program stays until the signal that is to end it: its own handlers of that signal are to run.
    setTimeout(() => undefined, FOR_EVER_MS)
    each(places, (place) => place.close())
    for (const { connections, secured, sessions, webSockets } of all) {
      each([...connections, ...secured], makeCurrentLast)
      each([...sessions], announceEnd)
      each([...webSockets], goAway)
    }
  }
  return {
    isDraining: () => draining,
    connections,
    follow: (server) => void all.add(watch(server, watcher)),
    start(drained) {
      waiting.push(drained)
      if (!draining) begin()
      look()
    },
  }
}

/** One that fails keeps no other from its end. */
function each<T>(items: readonly T[], end: (item: T) => void): void {
  for (const item of items) attempt('end a connection', () => end(item), undefined)
}

/** Between two frames, since every write of a frame ends in the turn in which it began. */
function goAway(socket: Socket): void {
  // Nothing written: the handshake is not answered yet.
  if (socket.writable && socket.bytesWritten > 0) socket.write(GOING_AWAY)
}

/**
 * In two steps, as HTTP/2 wants it: a stream that the client opens before it has read the first one is still answered. Its answer to
 * the ping says that it has; some clients (Node's is one) have stopped reading then.
 */
function announceEnd(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return
  session.goaway(0, LAST_STREAM)
  const timer = setTimeout(() => session.close(), ROUND_TRIP_MS)
  session.ping(() => {
    clearTimeout(timer)
    session.close()
  })
}
