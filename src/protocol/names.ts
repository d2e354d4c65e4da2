/** The closed vocabularies of ptrack; docs/glossary.md explains the words. */
export const KINDS = ['service', 'job', 'external'] as const
export type Kind = (typeof KINDS)[number]

export const LIVE_STATUSES = ['starting', 'running', 'paused', 'completing'] as const
export const WAITING_STATUSES = ['pending', 'retrying'] as const
export const ENDED_STATUSES = ['done', 'failed', 'cancelled', 'timeout', 'stopped', 'interrupted'] as const
export const STATUSES = [...WAITING_STATUSES, ...LIVE_STATUSES, ...ENDED_STATUSES] as const
export type EndedStatus = (typeof ENDED_STATUSES)[number]
export type Status = (typeof STATUSES)[number]

/** Ended otherwise than it should: what somebody has to look at. */
const FAILED_STATUSES: ReadonlySet<string> = new Set<EndedStatus>(['failed', 'timeout', 'interrupted'])

const ended: ReadonlySet<string> = new Set(ENDED_STATUSES)
const live: ReadonlySet<string> = new Set(LIVE_STATUSES)
export const isEnded = (status: Status): status is EndedStatus => ended.has(status)
/** Of a process, or of the outcome of a run. */
export const hasFailed = (status: string): boolean => FAILED_STATUSES.has(status)
/** Something of the run may be alive in these statuses. */
export const isLive = (status: Status): boolean => live.has(status)

/** What follows a name in a sentence, in an error of the daemon as in a view: `api has failed`. */
export const STATUS_CLAUSES: Readonly<Record<Status, string>> = {
  pending: 'is waiting',
  starting: 'is starting',
  running: 'is running',
  paused: 'is paused',
  completing: 'is stopping',
  retrying: 'is retrying',
  done: 'is done',
  failed: 'has failed',
  timeout: 'has timed out',
  interrupted: 'was interrupted',
  cancelled: 'was cancelled',
  stopped: 'is stopped',
}

export const HEALTHS = ['unknown', 'healthy', 'unhealthy'] as const
export type Health = (typeof HEALTHS)[number]

export type Wanted = 'up' | 'down'

/** Commands of a definition that are executed around a run. */
export const LIFECYCLE_COMMANDS = ['pre-start', 'post-start', 'pre-stop', 'post-stop'] as const
export type LifecycleCommand = (typeof LIFECYCLE_COMMANDS)[number]

/** Every event of the daemon; payloads are in events.ts. */
export const EVENT_TYPES = [
  'initialized',
  'processStarted',
  'processExit',
  'processError',
  'processDied',
  'statusChange',
  'healthCheck',
  'serverStarted',
  'serverStopped',
  'orphanFound',
  'orphanKilled',
  'progress',
  'step',
  'result',
  'log',
  'paused',
  'resumed',
  'cancelled',
  'completed',
  'crashLoop',
  'stalled',
  'limitReached',
  'audit',
  'stateWriteFailed',
  'resultsExpire',
  'socketOpened',
  'socketClosed',
  'holderReplaced',
  'socketsLost',
  'instanceOpened',
  'instanceDraining',
  'instanceDrained',
  'reloadRolledBack',
  'lifecycleFailed',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

export const ORPHAN_KINDS = ['escaped', 'survivor', 'stray', 'squatter'] as const
export type OrphanKind = (typeof ORPHAN_KINDS)[number]

/** What `gc` removes when no process owns it. */
export const GARBAGE = ['logs', 'environments', 'results'] as const
export type GarbageKind = (typeof GARBAGE)[number]

/** With the id, as several processes may have had one name. */
export const garbageName = ({ name, id }: { name: string; id: string | null }): string =>
  id === null || id === name ? name : `${name} (${id})`

/** admin: everything. operator: acts on its own processes. viewer: reads its own. */
export const ROLES = ['admin', 'operator', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export const SIGNALS = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGABRT',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGWINCH',
] as const

export const RESTART_POLICIES = ['always', 'on-failure', 'never'] as const
/** Whom a stop signals first: everything at once, or the program alone. */
export const STOP_SCOPES = ['tree', 'main'] as const
export const LEFTOVERS = ['kill', 'keep'] as const
/** overlap: the new instance serves before the old one ends. serial: it begins when the old one has ended. */
export const RELOADS = ['overlap', 'serial'] as const
export type ReloadMode = (typeof RELOADS)[number]
export const RETRY_CAUSES = ['failure', 'timeout'] as const
export const CRON_OVERLAPS = ['skip', 'queue'] as const
export const CONDITIONS = ['started', 'healthy', 'done', 'ended'] as const
export type Condition = (typeof CONDITIONS)[number]
export const ULIMITS = ['core', 'cpu', 'data', 'fsize', 'memlock', 'nofile', 'nproc', 'stack', 'as'] as const
