/** What the wire needs of the daemon. Connections know requests and replies, never processes. */
import type { LogFollower } from '../core/world-logs.ts'
import type { ViewsPush } from '../protocol/events.ts'
import type { LogPage, Method, Params, Reply } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Peer } from './access.ts'

export interface RequestContext {
  /** The client's name for itself; for the audit, not for decisions. */
  client: string
  user: string
  /** Who asks, and with which rights; only guard.ts decides by it. */
  peer: Peer
  connection: number
  /** The caller's directory; null for REST and the page. */
  cwd: string | null
  /** The words of a command after `ptrack`, masked; null for everything else. */
  command: string[] | null
  /** Aborted when the client goes away: ends an abandoned wait. */
  signal: AbortSignal
}

export type WireMethod =
  | 'hello'
  | 'subscribe'
  | 'unsubscribe'
  | 'logs.follow'
  | 'logs.unfollow'
  | 'admit'
  | 'fleet.open'
  | 'fleet.carry'

/** One function per verb. Expected failures throw PtrackError; anything else is answered INTERNAL and logged. */
export type Handlers = {
  [M in Exclude<Method, WireMethod>]: (params: Params<M>, context: RequestContext) => Promise<Reply<M>>
}

export interface ViewSource {
  all(): ProcessView[]
  onViews(listener: (push: ViewsPush) => void): () => void
  /** A test for names and ids, compiled from targets (names, globs, tags, all). */
  match(targets: string[]): (name: string, id: string) => boolean
}

/** Continues from a cursor; throws for one it cannot read. */
export type FollowLogs = (cursor: string, onPage: (page: LogPage) => void) => LogFollower
