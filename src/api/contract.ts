/** What the wire needs of the daemon behind it. Connections know requests and replies, never processes. */
import type { LogFollower } from '../core/world-logs.ts'
import type { ViewsPush } from '../protocol/events.ts'
import type { LogPage, Method, Params, Reply } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Peer } from './access.ts'

export interface RequestContext {
  /** What the client calls itself; for the audit, not for decisions. */
  client: string
  /** peer.user */
  user: string
  /** Who asks, and with which rights; decided on in guard.ts and nowhere else. */
  peer: Peer
  /** Number of the connection, rising with each. */
  connection: number
  /** Aborted when the client goes away: a wait nobody reads any more ends. */
  signal: AbortSignal
}

/** Requests that belong to the connection itself. */
export type WireMethod = 'hello' | 'subscribe' | 'unsubscribe' | 'logs.follow' | 'logs.unfollow'

/** One function per verb. Expected failures throw PtrackError; anything else is answered INTERNAL and logged. */
export type Handlers = {
  [M in Exclude<Method, WireMethod>]: (params: Params<M>, context: RequestContext) => Promise<Reply<M>>
}

export interface ViewSource {
  all(): ProcessView[]
  onViews(listener: (push: ViewsPush) => void): () => void
  /** A test for names and ids made once of a person's targets (names, globs, tags, all). */
  match(targets: string[]): (name: string, id: string) => boolean
}

/** Goes on from a cursor; may throw for a cursor it cannot read. */
export type FollowLogs = (cursor: string, onPage: (page: LogPage) => void) => LogFollower
