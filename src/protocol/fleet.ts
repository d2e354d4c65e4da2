/** The words of a fleet: nodes, their names, and NAME@NODE. */
import type { PtrackEvent } from './events.ts'
import { fleetLimits } from './fleet-limits.ts'
import type { Role } from './names.ts'

export const NODE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** Of a node, in the letters of its name. */
export const NODE_TAG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** Where a job of the fleet may run: NODE, or tag:T for any node with that tag. */
export const NODE_OR_TAG = /^(?:tag:)?[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
export const TAG_WORD = 'tag:'
export const NODE_NAME_RULE = 'letters, digits, `.`, `_` and `-`, at most 63 of them, the first a letter or digit'

/** Version of what nodes say to each other on the bus. Raised when an older node would misread a change. */
export const FLEET_PROTOCOL = 1

/** `shop/web@n2` is `shop/web` on the node n2. null where no node can be meant. */
export function splitAtNode(word: string): { target: string; node: string } | null {
  const at = word.lastIndexOf('@')
  if (at < 1) return null
  const node = word.slice(at + 1)
  return NODE_NAME.test(node) ? { target: word.slice(0, at), node } : null
}

/** here: heard of within three seconds. away: silent, for whatever reason; nothing is moved because of it. */
export type NodeState = 'here' | 'away'

export interface FleetNode {
  name: string
  /** Of its home; another home under this name has another. */
  id: string
  state: NodeState
  /** ISO time: since when it is in this state, as far as this node has seen. */
  since: string
  version: string
  protocol: number
  /** It is the node that answers. */
  self: boolean
  user: string
  host: string
  /** The machine's load average of the last minute, as last heard. */
  load: number | null
  /** Jobs of the fleet that it takes at once, and those that it has; null while it takes none. */
  slots: number | null
  used: number | null
  /** By which a job may be bound to any of several nodes (`--node tag:T`); null where its release knows none. */
  tags: string[] | null
  /** Of later releases; null so far. */
  lease: null
  server: null
}

/** up: on the bus. connecting: not yet, or again. refused: the name or the home is somebody else's. stuck: the process does not answer. */
export type BusState = 'up' | 'connecting' | 'refused' | 'stuck'

export interface FleetStatus {
  node: string
  id: string
  /** As given to `join`, without passwords. */
  servers: string[]
  credentials: string | null
  /** The fleet that a node has made: this one's role elsewhere, and which made it. null on a bus that others run. */
  own: { role: Role; founder: string } | null
  /** Users of other nodes have here the role that their node says, instead of viewer. */
  trustBus: boolean
  state: BusState
  since: string
  /** Why it is not up; null while it is. */
  reason: string | null
  /** The server that it is connected to. */
  server: string | null
  /** ptrackd-fleet; null between its end and the next start. */
  process: { pid: number; restarts: number } | null
  nodes: { here: number; away: number }
  events: FleetEventsStatus
}

/** What has become of this node's events, and of all nodes'. */
export interface FleetEventsStatus {
  /** Of this node, on disk here and not on the bus yet; null while ptrackd-fleet does not answer. */
  waiting: { events: number; bytes: number; oldest: string | null } | null
  /** Why they do not get there; null while they do. */
  reason: string | null
  /** What the bus keeps of all nodes; null while it cannot be asked. */
  stream: EventStream | null
}

/** The stream PT_EVENTS. */
export interface EventStream {
  /** When it was made: another one has other numbers. */
  made: string
  messages: number
  bytes: number
  /** The numbers (`fleetSeq`) of the oldest and the newest that it has; `first` is 1 more than `last` while it has none. */
  first: number
  last: number
  oldest: string | null
  /** Its settings, for `fleet doctor`. */
  keepsMs: number
  keepsBytes: number
  replicas: number
  isOnDisk: boolean
  /** The oldest go when it is full, and not the newest. */
  dropsOldest: boolean
}

/** One event of a node. `fleetSeq` is the number of the message that brought it, which may bring several. */
export type FleetEvent = { fleetSeq: number; node: string; epoch: string; owner: string | null } & PtrackEvent

/** Events that a node could not keep until they were on the bus. */
export interface FleetGap {
  fleetSeq: number
  node: string
  gap: string
}

export interface FleetEventsPage {
  events: (FleetEvent | FleetGap)[]
  /** Up to this number everything is said; the next page begins after it. */
  next: number
  first: number
  last: number
  /** Of which stream the numbers are, for the next request. */
  stream: string
  /** There is more already. */
  more: boolean
  /** expired: some after `since` are kept no more. anew: the stream has been made anew, `since` was of the former one, and all is new. */
  gap: 'expired' | 'anew' | null
}

/** One setting of the bus. unknown: it cannot be seen from here, and `why` says from where it can. */
export interface FleetCheck {
  check: 'bus' | 'version' | 'jetstream' | 'sync' | 'replicas' | 'events' | 'jobs' | 'tls' | 'login' | 'address' | 'service'
  state: 'ok' | 'bad' | 'unknown'
  /** What was found. */
  why: string
  /** What to do; null where it is ok. */
  todo: string | null
}

/** A row of `ls --fleet`: a view and where it is. */
export interface OnNode {
  node: string
  /** The last known row of a node that does not answer. */
  stale: { since: string } | null
  /** What a fleet's scheduler knows of it: of later releases; null so far. */
  fleet: null
}

export interface SilentNode {
  name: string
  since: string | null
  why: string
}

/** What a word of a command line means: null = it stays with this node. */
export interface ResolvedWord {
  node: string
  target: string
}

/** The service that is the bus of a fleet, on the node that made it. */
export const BUS_SERVICE = 'fleet-bus'
export const BUS_PORT = 4222

/** How long an invitation holds by default. */
export const INVITATION_MS = 3_600_000

/** What `fleet invite` prints begins so. */
export const TOKEN_PREFIX = 'ptf1.'

/** The servers of a bus are addresses of these kinds. Returns what is wrong with it, or null. */
export function wrongBusAddress(text: string): string | null {
  if (text.length > fleetLimits.busAddressChars || !URL.canParse(text)) return 'it is no URL'
  const url = new URL(text)
  if (url.protocol !== 'nats:' && url.protocol !== 'tls:') return 'it is neither nats: nor tls:'
  if (url.hostname === '') return 'it names no host'
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    return 'only scheme, host and port belong to it'
  return null
}

/** For people and logs. */
export function withoutPassword(address: string): string {
  const url = new URL(address)
  return `${url.protocol}//${url.host}`
}
