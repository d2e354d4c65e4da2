/** What the daemon and its ptrackd-fleet say to each other, over a channel that ends with either. */
import type { ErrorBody } from '../../protocol/errors.ts'
import type { BusState, FleetNode } from '../../protocol/fleet.ts'
import type { Role } from '../../protocol/names.ts'
import type { Filter } from '../../protocol/requests.ts'
import type { Conflict } from './presence.ts'

/** HOME/fleet.json. */
export interface Membership {
  node: string
  id: string
  servers: string[]
  credentials: string | null
  trustBus: boolean
  joinedAtMs: number
}

export interface BusFacts {
  state: Exclude<BusState, 'stuck'>
  sinceMs: number
  reason: string | null
  server: string | null
  /** What another has, and this one wants; with `refused` alone. */
  conflict?: Conflict
}

/** Whose request it is; the far node decides what that means there. */
export interface Asker {
  user: string
  role: Role
}

export type ToAgent =
  | { kind: 'begin'; membership: Membership; home: string; user: string; host: string }
  | { kind: 'open'; ticket: string; node: string; asker: Asker }
  | { kind: 'close'; ticket: string }
  | { kind: 'look'; id: number }
  | { kind: 'rows'; id: number; where: Filter; asker: Asker }
  | { kind: 'leave'; id: number }

export type FromAgent =
  | { kind: 'bus'; facts: BusFacts }
  /** The nodes that are known, whenever that changes. */
  | { kind: 'known'; names: string[] }
  /** `key`: the ticket, or the id of a question. */
  | { kind: 'failed'; key: string; error: ErrorBody }
  | { kind: 'looked'; id: number; facts: BusFacts; nodes: FleetNode[] }
  /** `json`: the reply to `fleet.list`, as it goes to the client. */
  | { kind: 'rows'; id: number; json: string }
  | { kind: 'left'; id: number }
