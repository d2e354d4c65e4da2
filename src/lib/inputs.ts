/** Parameters of the client's methods. Targets are names, ids, numbers, pids, globs, `tag:T`, `session:S` or `all`. */
import type { Attempts } from '../protocol/attempts.ts'
import type { DefinitionInput } from '../protocol/definition.ts'
import type { EventType, Status } from '../protocol/names.ts'

export type Targets = string | string[]

export interface ConnectOptions {
  /** PTRACK_HOME; default $PTRACK_HOME, else ptrack's directory under the XDG state directory. */
  home?: string
  /** Start the daemon when none runs; default true. A daemon stopped while we were connected is waited for instead. */
  autostart?: boolean
  /** This program's name in the daemon's log. */
  clientName?: string
}

export interface ListFilter {
  targets?: string[]
  /** Include jobs that ended more than an hour ago. */
  all?: boolean
  type?: string
  status?: Status[]
  owner?: string
  tag?: string
  project?: string
  session?: string
  /** At most this many: what has not ended first, then the newest ended. */
  max?: number
}

/** A new process. Defaults are as on the command line: this program's directory and environment. */
export type NewProcess = Omit<DefinitionInput, 'cwd'> & { cwd?: string }

export interface StartOptions {
  /** Variables beside this program's own environment; with `clean` only these. */
  env?: Record<string, string>
  clean?: boolean
  instances?: number
  /** Its owner, for limits and filters; default: the caller. */
  owner?: string
  /** Answer when it is accepted, not when it has taken effect. */
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
  /** `last`: of a retried job only the last attempt, and only with `follow: false`; default `all`. */
  attempts?: Attempts
  /** false = present rows; true (default) = until the process has ended. */
  follow?: boolean
  /** Called with problems of the stored rows, such as an unreadable one. */
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
  /** The last lines; 20 when nothing else is asked. */
  tail?: number
  /** Lines written at or after this time (epoch ms). */
  sinceMs?: number
  /** Lines written before this time. */
  untilMs?: number
  /** `before` of an earlier page: the lines before those, as many as `tail` says. */
  before?: string
  /** A run number; negative counts back, -1 = the last one. */
  run?: number
  grep?: string
  /** At most this many lines of what is read forwards: since a time, of a run, from a cursor. */
  max?: number
  /** Continue where an earlier page ended. */
  cursor?: string
}

export interface LimitChanges {
  /** null removes the limit; what is not named stays. */
  global?: number | null
  owners?: Record<string, number | null>
  types?: Record<string, number | null>
}

export interface TerminalSize {
  rows: number
  columns: number
}

export interface AttachOptions {
  /** The terminal gets this size, and the program draws anew; without it what it writes next is all that is read. */
  size?: TerminalSize
}

/** A program's terminal, a stream of node:stream: read what it shows, write what is typed. It ends with the run of the program. */
export interface Terminal extends NodeJS.ReadWriteStream {
  readonly id: string
  readonly name: string
  readonly run: number
  /** The program gets SIGWINCH if that is another size than before. */
  resize(size: TerminalSize): Promise<void>
  /** Leaves it, and the program runs on. */
  detach(): void
}

export interface SendOptions {
  /** No Enter behind the text. */
  raw?: boolean
  /** Typed behind it: `ctrl-c`, `up`, or one character. */
  keys?: string[]
}

export interface ExecOptions {
  /** The command gets a terminal of this size. */
  terminal?: TerminalSize
  /** It reads `stdin`; without that, and without a terminal, /dev/null. */
  input?: boolean
}

export interface CommandExit {
  exitCode: number | null
  signal: string | null
}

/** A command of `exec()`. It ends with this program at the latest. */
export interface RunningCommand {
  readonly id: string
  readonly name: string
  /** Null without `input`; with a terminal, all three are that. */
  readonly stdin: NodeJS.WritableStream | null
  readonly stdout: NodeJS.ReadableStream
  readonly stderr: NodeJS.ReadableStream | null
  readonly terminal: Terminal | null
  /** Rejected with a PtrackError when it could not be started. */
  readonly exited: Promise<CommandExit>
  /** Ends it and what it has started, as `stop` does. */
  kill(): Promise<void>
}
