/** What is known of each request beside its parameters and reply: one row, which the compiler asks for. */
import type { Method } from './requests.ts'

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

/** Who may make it: `operator`, `viewer`, or a child with its run's token. */
export interface Right {
  operator: Reach
  viewer: Reach
  child: Reach
  named: Named
  /** It changes something, and so is published as an `audit` event. */
  audited: boolean
}

interface Verb extends Right {
  /** What it does, in one line: for its command, its route and the documents. */
  summary?: string
  /** Printed per process when it is done. */
  done?: string
}

const read = (named: Named): Right => ({ operator: 'own', viewer: 'own', child: 'none', named, audited: false })
const act = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'none', named, audited: true })
/** A program's reports about its work are too frequent for the audit. */
const report = (named: Named): Right => ({ operator: 'own', viewer: 'none', child: 'self', named, audited: false })
const common: Right = { operator: 'any', viewer: 'any', child: 'none', named: 'nothing', audited: false }
/** Whose jobs they may be is decided where the jobs are kept. */
const operators: Right = { ...common, viewer: 'none', audited: true }
const admins: Right = { operator: 'none', viewer: 'none', child: 'none', named: 'nothing', audited: true }
const adminsRead: Right = { ...admins, audited: false }
const everybody: Right = { ...common, child: 'any' }

/** Rules for everyone (limits, policies, hooks, tokens), other programs (kill-orphan) and stopping the daemon are for admins. */
export const VERBS = {
  hello: everybody,
  list: read('filter'),
  projects: read('owner'),
  show: read('targets'),
  why: read('targets'),
  tree: read('targets'),
  env: read('targets'),
  wait: { ...read('targets'), done: 'reached' },
  port: read('reply'),
  orphans: read('reply'),
  results: read('past'),
  history: read('owner'),
  stats: read('owner'),
  types: read('owner'),
  runs: read('filter'),
  counts: read('filter'),
  timeline: read('filter'),
  // The machine's own figures are no secret of anybody.
  'metrics.history': read('filter'),
  // Of others an operator and a viewer read what concerns their own processes.
  audit: read('filter'),
  'news.list': read('owner'),
  // A mark of one's own: it changes nothing for anybody else.
  'news.seen': common,
  'results.groups': read('past'),
  'logs.read': read('targets'),
  'logs.bytes': read('target'),
  'logs.counts': read('targets'),
  attach: { ...read('target'), summary: 'show the terminal of a program, and type at it' },
  'logs.follow': read('cursor'),
  'logs.unfollow': common,
  subscribe: read('reply'),
  unsubscribe: common,
  start: { ...act('start'), done: 'started' },
  stop: { ...act('targets'), summary: 'stop processes and everything they started', done: 'stopped' },
  restart: { ...act('targets'), summary: 'restart processes, and start stopped ones', done: 'restarted' },
  reload: {
    ...act('targets'),
    summary: 'replace instances one by one, each healthy before the next; a bad version is rolled back',
    done: 'reloaded',
  },
  delete: {
    ...act('targets'),
    summary: 'stop and remove processes; their logs and results stay unless --purge',
    done: 'deleted',
  },
  cancel: { ...act('targets'), summary: 'end jobs as cancelled; results so far are kept', done: 'cancelled' },
  pause: {
    ...act('targets'),
    summary: 'pause processes at their next checkpoint; freeze programs that have none',
    done: 'paused',
  },
  resume: { ...act('targets'), summary: 'resume paused processes', done: 'resumed' },
  reset: { ...act('targets'), summary: 'reset restart counters and crash loops', done: 'reset' },
  'attention.seen': act('targets'),
  keep: { ...act('targets'), summary: 'keep processes when the session that started them ends', done: 'kept' },
  signal: {
    ...act('targets'),
    summary: 'send a signal to the program of each process, not to what it started',
    done: 'signalled',
  },
  send: { ...act('target'), summary: 'type at the terminal of a program' },
  exec: { ...act('target'), summary: 'run a command in the environment and directory of a process' },
  resize: act('target'),
  scale: { ...act('target'), done: 'scaled' },
  set: { ...act('targets'), done: 'changed' },
  flush: { ...act('targets'), summary: 'empty the logs', done: 'logs emptied' },
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
  'fleet.join': admins,
  'fleet.create': admins,
  'fleet.invite': admins,
  'fleet.kick': admins,
  'fleet.doctor': common,
  'fleet.leave': admins,
  'fleet.status': common,
  'fleet.ls': common,
  'fleet.run': operators,
  'fleet.jobs': common,
  'fleet.cancel': operators,
  'fleet.limits.get': common,
  'fleet.limits.set': admins,
  'fleet.resolve': common,
  // What may be seen and done there is decided there, by the role that goes along.
  'fleet.list': common,
  'fleet.events': common,
  'fleet.open': common,
  // For those who hold the socket; a ticket is a secret between the daemon and its ptrackd-fleet.
  'fleet.carry': adminsRead,
  admit: everybody,
  'daemon.status': common,
  'daemon.start': admins,
  'daemon.stop': admins,
} as const satisfies Readonly<Record<Method, Verb>>

/** The requests whose row has `key`. */
export type VerbsWith<Key extends keyof Verb> = {
  [M in Method]: (typeof VERBS)[M] extends Record<Key, string> ? M : never
}[Method]
