/** Who may ask for what: a row per request; the compiler finds a missing one. api/guard.ts narrows to own processes. */

import type { Role } from '../protocol/names.ts'
import type { Method } from '../protocol/requests.ts'

/** Who asks, known by the socket or by the token shown. */
export interface Peer {
  user: string
  role: Role
  /** Name of its token; null for the owner on the unix socket. */
  token: string | null
  /** The only process it may act for; null for everything but a child with its run's token. */
  process: string | null
  /** Epoch ms at which its rights end; null = never. */
  expiresAtMs: number | null
}

/** any: every process and the daemon; own: processes owned by the peer; self: the peer's own process. */
export type Reach = 'any' | 'own' | 'self' | 'none'

/** Where a request names processes. `reply`: its reply is narrowed. `past`: may be gone; the handler checks the owner. */
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
  /** A child with its run's token. */
  child: Reach
  named: Named
  /** It changes something, and so is published as an `audit` event. */
  audited: boolean
}

const read = (named: Named): Right => ({ operator: 'own', viewer: 'own', child: 'none', named, audited: false })
const act = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'none', named, audited: true })
/** A program's reports about its work are too frequent for the audit. */
const report = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'self', named, audited: false })
const common: Right = { operator: 'any', viewer: 'any', child: 'none', named: 'nothing', audited: false }
const admins: Right = { operator: 'none', viewer: 'none', child: 'none', named: 'nothing', audited: true }
const adminsRead: Right = { ...admins, audited: false }
const everybody: Right = { ...common, child: 'any' }

/** Rules for everyone (limits, policies, hooks, tokens), other programs (kill-orphan) and stopping the daemon are for admins. */
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
  // They name processes of all users; marking one as seen changes nothing that needs auditing.
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

/** The weakest role that may ask for it, for the hint of an error. */
export const roleFor = (method: Method): Role =>
  RIGHTS[method].viewer !== 'none' ? 'viewer' : RIGHTS[method].operator !== 'none' ? 'operator' : 'admin'
