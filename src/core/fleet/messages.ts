/** What the daemon and its ptrackd-fleet say to each other, over a channel that ends with either. */
import type { ErrorBody } from '../../protocol/errors.ts'
import type { BusState, FleetCheck, FleetEventsPage, FleetEventsStatus, FleetNode } from '../../protocol/fleet.ts'
import type { Role } from '../../protocol/names.ts'
import type { Filter } from '../../protocol/requests.ts'
import type { Asker } from './asker.ts'
import type { JobQuestion } from './job-questions.ts'

export type { Asker } from './asker.ts'

import type { Conflict } from './presence.ts'

/** HOME/fleet.json. */
export interface Membership {
  node: string
  id: string
  servers: string[]
  credentials: string | null
  trustBus: boolean
  joinedAtMs: number
  tags: string[]
  /** In a fleet that a node has made, whose server vouches for everybody; null on a bus that others run. */
  own: OwnFleet | null
  /** It was put out of the fleet. */
  kicked: { by: string; atMs: number } | null
}

export const kickedBy = (who: string): string => `kicked from the fleet by ${who}`

export interface OwnFleet {
  /** The most that anybody of this node may do on others. */
  role: Role
  /** The node that made it, lets others in and runs the bus. */
  founder: string
}

/** A node to be, before there is a membership. */
export interface Newcomer {
  home: string
  node: string
  /** Of its home. */
  id: string
  /** The name of its machine. */
  host: string
}

export interface BusFacts {
  state: Exclude<BusState, 'stuck'>
  sinceMs: number
  reason: string | null
  server: string | null
  /** What another has, and this one wants; with `refused` alone. */
  conflict?: Conflict
}

/** `since` null: only what there is. `stream` null: whichever there is. */
export interface WantedEvents {
  since: number | null
  stream: string | null
  waitMs: number
}

export type ToAgent =
  /** `key`: shown to the daemon where only its present ptrackd-fleet may ask. */
  | { kind: 'begin'; membership: Membership; home: string; user: string; host: string; key: string }
  | { kind: 'open'; ticket: string; node: string; asker: Asker }
  | { kind: 'close'; ticket: string }
  | { kind: 'look'; id: number }
  | { kind: 'rows'; id: number; where: Filter; asker: Asker }
  /** Events of this node are in its outbox. */
  | { kind: 'published' }
  | { kind: 'events'; id: number; wanted: WantedEvents; asker: Asker }
  | { kind: 'eventsStatus'; id: number }
  | { kind: 'jobs'; id: number; question: JobQuestion }
  | { kind: 'leave'; id: number }
  | { kind: 'invite'; id: number; role: Role; ttlMs: number }
  | { kind: 'kick'; id: number; node: string; by: string }
  | { kind: 'members'; id: number }
  | { kind: 'doctor'; id: number }
  | SetUp

/** The work of a ptrackd-fleet that is started for it alone: files of HOME/fleet, of which the daemon sees no secret. */
export type SetUp =
  | { kind: 'found'; newcomer: Newcomer; listen: Listen; serverBinary: string }
  | { kind: 'redeem'; newcomer: Newcomer; token: string }

export interface Listen {
  host: string
  port: number
}

export type FromAgent =
  | { kind: 'bus'; facts: BusFacts }
  /** The nodes that are known, whenever that changes. */
  | { kind: 'known'; names: string[] }
  /** `key`: the ticket, or the id of a question. */
  | { kind: 'failed'; key: string; error: ErrorBody }
  | { kind: 'looked'; id: number; facts: BusFacts; nodes: FleetNode[] }
  /** `json`: the reply to `fleet.list`, as it goes to the client. */
  | { kind: 'rows'; id: number; json: string }
  | { kind: 'events'; id: number; page: FleetEventsPage }
  | { kind: 'eventsStatus'; id: number; status: FleetEventsStatus }
  /** As the question has it. */
  | { kind: 'jobs'; id: number; answer: unknown }
  | { kind: 'left'; id: number }
  | { kind: 'invited'; id: number; token: string; expiresAtMs: number; servers: string[] }
  | { kind: 'kicked'; id: number; wasHere: boolean }
  | { kind: 'members'; id: number; names: string[] }
  | { kind: 'checked'; id: number; checks: FleetCheck[] }
  /** This node is out; it tries no more. */
  | { kind: 'out'; by: string; atMs: number }
  /** `command`: of the service that is the bus. */
  | { kind: 'setUp'; membership: Pick<Membership, 'servers' | 'credentials' | 'own'>; command: string[] }
