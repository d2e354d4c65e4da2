/**
 * Who may ask for what: one row for each request, and the compiler finds the missing one. How a request is held to one's
 * own processes is api/guard.ts; what is not in this table cannot be asked for.
 */

import type { Role } from '../protocol/names.ts'
import type { Method } from '../protocol/requests.ts'

/** Whoever asks, known by the socket it came through or by the token it showed. */
export interface Peer {
  user: string
  role: Role
  /** Name of the token it showed; null for the owner at his socket. */
  token: string | null
  /** Id of the only process it may speak for, and do nothing else; null for everybody but a child with its run's own token. */
  process: string | null
  /** Epoch ms at which its rights end; null = they do not end by themselves. */
  expiresAtMs: number | null
}

/** any: of everybody and of the daemon itself; own: of processes whose owner is the peer; self: of the one process it is. */
export type Reach = 'any' | 'own' | 'self' | 'none'

/**
 * Where a request names processes. `reply`: it names none, and what it tells is narrowed. `past`: a target that may be gone,
 * whose owner the handler then compares.
 */
export type Named =
  | 'targets'
  | 'target'
  | 'past'
  | 'who'
  | 'id'
  | 'filter'
  | 'owner'
  | 'start'
  | 'track'
  | 'cursor'
  | 'reply'
  | 'nothing'

interface Right {
  operator: Reach
  viewer: Reach
  /** A child with its run's own token. */
  child: Reach
  named: Named
  /** It changes something, and so is told as an `audit` event. */
  audited: boolean
}

const read = (named: Named): Right => ({ operator: 'own', viewer: 'own', child: 'none', named, audited: false })
const act = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'none', named, audited: true })
/** What a program tells of its own work comes too often for the audit. */
const report = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'self', named, audited: false })
const common: Right = { operator: 'any', viewer: 'any', child: 'none', named: 'nothing', audited: false }
const admins: Right = { operator: 'none', viewer: 'none', child: 'none', named: 'nothing', audited: true }
const adminsRead: Right = { ...admins, audited: false }
const everybody: Right = { ...common, child: 'any' }

/** Rules for everybody (limits, policies, hooks, tokens), other programs (kill-orphan) and the daemon's end are for admins. */
export const RIGHTS: Readonly<Record<Method, Right>> = {
  hello: everybody,
  list: read('filter'),
  show: read('targets'),
  why: read('targets'),
  tree: read('targets'),
  env: read('targets'),
  wait: read('targets'),
  port: read('reply'),
  orphans: read('reply'),
  results: read('past'),
  history: read('owner'),
  stats: read('owner'),
  types: read('owner'),
  'logs.read': read('targets'),
  'logs.bytes': read('target'),
  'logs.follow': read('cursor'),
  'logs.unfollow': common,
  subscribe: read('reply'),
  unsubscribe: common,
  start: act('start'),
  stop: act('targets'),
  restart: act('targets'),
  reload: act('targets'),
  delete: act('targets'),
  cancel: act('targets'),
  pause: act('targets'),
  resume: act('targets'),
  reset: act('targets'),
  signal: act('targets'),
  scale: act('target'),
  set: act('targets'),
  flush: act('targets'),
  'track.start': act('track'),
  'track.end': act('who'),
  'track.update': report('who'),
  progress: report('who'),
  step: report('who'),
  result: report('who'),
  checkpoint: report('who'),
  notify: report('id'),
  'limits.get': common,
  'limits.set': admins,
  'policy.get': common,
  'policy.set': admins,
  'policy.delete': admins,
  'retention.get': common,
  'retention.set': admins,
  gc: admins,
  // Their commands and addresses may hold secrets.
  'hooks.list': adminsRead,
  'hooks.add': admins,
  'hooks.delete': admins,
  'hooks.test': admins,
  // They name processes of everybody; to have seen one changes nothing that an audit is for.
  'notices.list': adminsRead,
  'notices.seen': adminsRead,
  'token.create': admins,
  'token.ls': adminsRead,
  'token.revoke': admins,
  'web.login': admins,
  'kill-orphan': admins,
  'daemon.status': common,
  'daemon.start': admins,
  'daemon.stop': admins,
}

export function reachOf(peer: Peer, method: Method): Reach {
  const right = RIGHTS[method]
  if (peer.process !== null) return right.child
  return peer.role === 'admin' ? 'any' : right[peer.role]
}

/** The weakest role that may ask for it, for an error's advice. */
export const roleFor = (method: Method): Role =>
  RIGHTS[method].viewer !== 'none' ? 'viewer' : RIGHTS[method].operator !== 'none' ? 'operator' : 'admin'
