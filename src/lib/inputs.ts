/** What the methods of the client take. Targets are names, ids, numbers, pids, globs, `tag:T` or `all`. */
import type { Attempts } from '../protocol/attempts.ts'
import type { DefinitionInput } from '../protocol/definition.ts'
import type { EventType, Status } from '../protocol/names.ts'

export type Targets = string | string[]

export interface ConnectOptions {
  /** PTRACK_HOME; by default $PTRACK_HOME, else ptrack's directory under the XDG state directory. */
  home?: string
  /** Start the daemon when none runs; true. A daemon that somebody stopped while we were connected is waited for instead. */
  autostart?: boolean
  /** What this program calls itself in the daemon's log. */
  clientName?: string
}

export interface ListFilter {
  targets?: string[]
  /** Jobs that ended more than an hour ago too. */
  all?: boolean
  type?: string
  status?: Status[]
  owner?: string
  tag?: string
  /** At most so many: what has not ended first, then the newest ended. */
  max?: number
}

/** A new process. What is left out is as on the command line: this program's directory and environment. */
export type NewProcess = Omit<DefinitionInput, 'cwd'> & { cwd?: string }

export interface StartOptions {
  /** Variables beside this program's own environment; with `clean` nothing but these. */
  env?: Record<string, string>
  clean?: boolean
  instances?: number
  /** Whom it belongs to, for limits and filters; the caller unless given. */
  owner?: string
  /** Answer when it is accepted, not when it is so. */
  noWait?: boolean
}

export interface EventFilter {
  types?: EventType[]
  targets?: string[]
}

export interface EventsOptions extends EventFilter {
  /** Begin after this event of the present daemon (0 = all it still has) instead of with the next one. */
  since?: number
}

export interface ResultsOptions {
  /** Index of the first row wanted, from 1. */
  from?: number
  /** Only rows of this run. */
  run?: number
  /** `last`: of a job that was tried again only the last attempt, and only with `follow: false`; `all` by default. */
  attempts?: Attempts
  /** false = what is there now; true (default) = until the process has ended. */
  follow?: boolean
  /** Told what is wrong with the stored rows, such as one that could not be read. */
  onNotice?: (notice: string) => void
}

export interface HistoryQuery {
  targets?: string[]
  type?: string
  owner?: string
  outcome?: Status[]
  sinceMs?: number
  max?: number
  cursor?: string
}

export interface StatsQuery {
  type?: string
  name?: string
  owner?: string
  sinceMs?: number
}

export interface LogsQuery {
  stream?: 'out' | 'err' | 'both'
  /** The last so many lines; 20 when nothing else is asked. */
  tail?: number
  /** Lines written at or after this time (epoch ms). */
  sinceMs?: number
  /** A run number; negative counts back, -1 = the last one. */
  run?: number
  grep?: string
  /** Go on where an earlier page ended. */
  cursor?: string
}

export interface LimitChanges {
  /** null takes the limit away; what is not named stays. */
  global?: number | null
  owners?: Record<string, number | null>
  types?: Record<string, number | null>
}
