/** `listen()` on a declared address takes the inherited socket; everything else is Node's own. */
import net from 'node:net'
import { match, type Wanted, wantedBy } from './address.ts'
import type { Listening } from './handle.ts'
import type { Place } from './place.ts'
import type { Claims } from './threads.ts'
import { attempt, say } from './words.ts'

export type Listen = typeof net.Server.prototype.listen

interface Taking {
  places: readonly Place[]
  claims: Claims
  /** After the drain has begun a new server has nothing to take. */
  mayTake(): boolean
  /** Before 'listening' is emitted. */
  taken(place: Place, server: Listening): void
}

/** Returns Node's own. */
export function wrapListen(taking: Taking): Listen {
  const { prototype } = net.Server
  const real = prototype.listen
  prototype.listen = function listen(this: Listening, ...args: unknown[]) {
    const taken = attempt('take the inherited socket', () => take(taking, real, this, args), false)
    return taken ? this : real.apply(this, args as Parameters<Listen>)
  } as Listen
  return real
}

function take({ places, claims, mayTake, taken }: Taking, real: Listen, server: Listening, args: readonly unknown[]): boolean {
  const wanted = wantedBy(args)
  // One that listens already gets Node's own error.
  if (wanted === null || server._handle || !mayTake()) return false
  const meant = places.map((place) => ({ place, match: match(place.socket, wanted) })).filter((each) => each.match !== 'other')
  const same = meant.filter((each) => each.match === 'same').map(({ place }) => place)
  if (same.length === 0) {
    if (meant.length > 0) say(elsewhere(meant[0]!.place, wanted))
    return false
  }
  const place = same.find((each) => each.server() === null && each.isThere() && claims.claim(places.indexOf(each)))
  if (place === undefined) return false
  if (!place.serve(server)) {
    real.call(server, { fd: place.socket.fd, backlog: place.socket.backlog, signal: wanted.signal } as net.ListenOptions)
    place.adopt(server)
  }
  taken(place, server)
  if (wanted.path !== null) server._pipeName = wanted.path
  if (wanted.callback !== null) server.once('listening', wanted.callback)
  if (wanted.signal !== undefined) closeOnAbort(server, wanted.signal)
  return true
}

function closeOnAbort(server: Listening, signal: AbortSignal): void {
  const close = (): void => void server.close()
  if (signal.aborted) return process.nextTick(close)
  signal.addEventListener('abort', close, { once: true })
  server.once('close', () => signal.removeEventListener('abort', close))
}

function elsewhere({ socket }: Place, { host, port }: Wanted): string {
  const at = (name: string): string => (name.includes(':') ? `[${name}]` : name || '*')
  const declared = `${at(socket.host)}:${socket.port}`
  return `the program listens on ${at(host)}:${port}, and the declared socket is ${declared}; declare it with --socket ${at(host)}:${port}`
}
