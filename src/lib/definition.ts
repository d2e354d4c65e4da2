/**
 * The types that the protocol infers from its schemas, written out: so the types of the package need no schema library,
 * and an editor shows what a field means. A test holds them equal to the schemas. Durations are milliseconds, sizes bytes.
 */

export type StepStatus = 'pending' | 'running' | 'done' | 'failed' | 'skipped' | 'cancelled'

export type SignalName =
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGABRT'
  | 'SIGKILL'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGPIPE'
  | 'SIGALRM'
  | 'SIGTERM'
  | 'SIGCONT'
  | 'SIGSTOP'
  | 'SIGTSTP'
  | 'SIGWINCH'

export type Probe =
  | { kind: 'http'; url: string }
  | { kind: 'exec'; command: string }
  | { kind: 'log'; pattern: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'notify' }
  | { kind: 'none' }

export interface HookSpec {
  /**
   * failed done cancelled timeout interrupted crash-loop unhealthy orphan stalled overrun retrying, `cpu>90%`,
   * `memory>1G`.
   */
  on: string[]
  /** `exec:COMMAND`, `webhook:URL` or `mail:ADDRESS`. */
  run: string
}

export interface GlobalHook extends HookSpec {
  id: string
}

export interface QueueLimits {
  /** Jobs that may be live at once; null = no limit. */
  global: number | null
  owners: Record<string, number>
  types: Record<string, number>
}

/** Defaults for jobs of one type; what a definition says itself goes before. */
export interface TypePolicy {
  retries?: number
  retryInitialMs?: number
  retryMaxMs?: number
  retryFactor?: number
  retryJitter?: boolean
  /** null = no limit. */
  timeoutMs?: number | null
}

/** A process as it is asked for: only what differs from the defaults. */
export interface DefinitionInput {
  name: string
  /** `service` (kept running; the default), `job` (runs to an end), `external` (reports itself). */
  kind?: 'service' | 'job' | 'external'
  title?: string | null
  description?: string | null
  /** Free text that groups processes for policies and filters. */
  type?: string
  tags?: string[]
  metadata?: Record<string, unknown>
  /** Program and arguments. */
  command: string[]
  /** Absolute. */
  cwd: string
  /** TCP ports it must hold; `auto` = a free one, told to it in PORT. */
  ports?: (number | 'auto')[]
  /** Beside the ports. */
  health?: Probe | null
  healthPeriodMs?: number
  healthTimeoutMs?: number
  healthFailures?: number
  readyTimeoutMs?: number
  restartUnhealthy?: boolean
  restart?: 'always' | 'on-failure' | 'never'
  maxRestarts?: number | null
  restartWindowMs?: number
  /** A fixed pause before each restart of a service, at least 100 ms; null = growing ones, from 100 ms to 60 s. */
  restartDelayMs?: number | null
  okExit?: number[]
  noRestartExit?: number[]
  leftovers?: 'kill' | 'keep'
  stopSignal?: SignalName
  stopTimeoutMs?: number
  /** A run that lasts longer ends as `timeout`; jobs 2 h unless given. */
  timeoutMs?: number | null
  /** Further runs of a job that failed. */
  retries?: number
  retryInitialMs?: number
  retryMaxMs?: number
  retryFactor?: number
  retryJitter?: boolean
  retryOn?: ('failure' | 'timeout')[]
  retryInterrupted?: boolean
  /** Higher ones leave the queue first. */
  priority?: number
  /** What has to be so before it starts. */
  after?: { name: string; condition: 'started' | 'healthy' | 'done' }[]
  cron?: string | null
  cronOverlap?: 'skip' | 'queue'
  /** Globs, relative to cwd; a change restarts it. */
  watchFiles?: string[]
  hooks?: HookSpec[]
  recordExit?: boolean
  logMaxBytes?: number
  logKeep?: number
  maxMemoryBytes?: number | null
  nice?: number | null
  user?: string | null
  group?: string | null
  umask?: string | null
  ulimits?: Partial<Record<'core' | 'cpu' | 'data' | 'fsize' | 'memlock' | 'nofile' | 'nproc' | 'stack' | 'as', string>>
  cgroup?: boolean
  instance?: { of: string; index: number } | null
}

/** A process as the daemon keeps it: every default filled in; `leftovers` is there when it was asked for. */
export type Definition = Omit<Required<DefinitionInput>, 'ports' | 'ulimits' | 'leftovers'> & {
  leftovers?: 'kill' | 'keep'
  ports: number[]
  ulimits: Record<string, string>
}
