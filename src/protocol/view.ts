/** What a client may see. Types only, so that they cost the CLI nothing. Times are ISO-8601 UTC, durations ms, sizes bytes. */
import type { Definition } from './definition.ts'
import type { Health, Kind, OrphanKind, Status, Wanted } from './names.ts'
import type { AuditEntry } from './overview.ts'
import type { Named } from './project.ts'
import type { StepStatus } from './tracking.ts'
import type { CheckView, FailureView, HealthCheckView, PortView, ProgressView, QueueView } from './view-parts.ts'

export type { CheckView, FailureView, HealthCheckView, PortView, ProgressView, QueueView }

export interface ProcessView extends Named {
  id: string
  /** Small and never reused in its home; commands accept it as a name. */
  number: number
  title: string | null
  description: string | null
  kind: Kind
  type: string
  tags: string[]
  owner: string
  /** One of a set: the full name that they share, and its index; null = it stands alone. */
  instance: { of: string; index: number } | null
  wanted: Wanted
  status: Status
  reason: string | null
  since: string
  health: Health
  /** The last answer of the declared probe; null until there is one, and when not alive. Ports are in `ports`. */
  healthCheck: HealthCheckView | null
  error: { code: string; message: string } | null
  pid: number | null
  /** When the kernel started the program of the present run; with the pid this is its identity. */
  startTime: string | null
  run: number
  restarts: number
  command: string[]
  cwd: string
  ports: PortView[]
  exitCode: number | null
  signal: string | null
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  elapsedMs: number | null
  cpuPercent: number | null
  memoryBytes: number | null
  diskReadBytes: number | null
  diskWriteBytes: number | null
  progress: ProgressView | null
  /** 1 = the next to be started; null unless it waits for a slot. */
  queuePosition: number | null
  /** What holds it back; null unless it waits for a slot. */
  queue: QueueView | null
  /** When a process with a cron expression runs next. */
  nextRunAt: string | null
  results: number
  retry: { attempt: number; of: number | null; nextAt: string } | null
  crashLoop: boolean
  failure: FailureView | null
  /** Who marked as seen what is wrong with it; until that is over. */
  seen: { at: string; by: string } | null
  /** The session that started it and that it ends with; null = it stays. */
  session: string | null
  orphaned: boolean
  orphanedPid: number | null
  adopted: boolean
  metadata: Record<string, unknown>
}

export interface RunView {
  run: number
  runId: string
  startedAt: string
  endedAt: string | null
  /** The status this run led to; null while it is alive. */
  outcome: Status | null
  reason: string | null
  exitCode: number | null
  signal: string | null
  adopted: boolean
  /** Of a live run beside the present one, during a reload: it is checked before it serves, drained, or ended. */
  phase?: 'checking' | 'draining' | 'ending'
  /** Of a live run with shared sockets: how it takes them; null = it does not (yet). */
  serving?: 'preload' | 'inherited' | null
  /** Null without a preload that could be asked, here and below. */
  gate?: 'open' | 'shut' | null
  connections?: number | null
  drainingConnections?: number | null
}

/** What became of one instance; the times and `cut` are those of the whole set. */
export interface ReloadFacts {
  replaced: boolean
  /** It ran the new version, and runs the old one again. */
  rolledBack: boolean
  /** Why the new version is not used; null = it serves. */
  why: string | null
  /** Until the last new instance served, and until the last old one was gone. */
  servingMs: number
  ms: number
  /** Connections that were still open when their instance was ended. */
  cut: number
}

/** A version that did not become healthy at a reload, and was rolled back. */
export interface RefusedView {
  at: string
  why: string
  /** Its fields that differ from the definition. */
  changed: Record<string, unknown>
}

export interface DescendantView {
  pid: number
  ppid: number
  startTime: string
  command: string
  cpuPercent: number | null
  memoryBytes: number
  depth: number
}

/** A listening socket that all instances of a process accept from. */
export interface SocketView {
  name: string
  /** `*:3000`, `127.0.0.1:3000`, `[::1]:3000`, `unix:/run/app.sock`. */
  address: string
  inode: number
  /** Connections that wait to be accepted; null where the kernel does not say (unix sockets). */
  queued: number | null
  /** Processes that hold it for the next instances. 0 = lost: stop and start opens it anew. */
  holders: number
}

export interface StepView {
  id: string
  name: string
  status: StepStatus
  percent: number | null
  message: string | null
  error: string | null
  startedAt: string | null
  endedAt: string | null
  elapsedMs: number | null
  steps: StepView[]
}

/** Where its definition comes from. */
export interface DefinedByView {
  at: string
  user: string
  /** What asked for it: `cli`, `web`, `http`, `library` and so on. */
  client: string
  /** The words after `ptrack`, values of variables masked; null where it was no command. */
  command: string[] | null
  /** The file that `up` read. */
  file: string | null
}

/** A process that waits for this one (`after`). */
export interface NeededByView {
  name: string
  condition: Definition['after'][number]['condition']
}

export interface ProcessDetail extends ProcessView {
  definition: Definition
  /** Null for one that was defined before this was kept. */
  definedBy: DefinedByView | null
  neededBy: NeededByView[]
  /** Of the present run, since this daemon checks it. */
  checks: CheckView[]
  /** When the present run became ready; null while it is not, or where nothing is checked. */
  readyAt: string | null
  /** Until another version is tried; null = none was refused. */
  refused: RefusedView | null
  /** Open ones; empty while it is stopped. */
  sockets: SocketView[]
  runs: RunView[]
  steps: StepView[]
  descendants: DescendantView[]
}

export interface TimelineEntry {
  at: string
  status: Status
  run: number
  reason: string | null
  /** A change of its health while it ran; absent where the status changed. */
  health?: Health
}

export interface WhyView {
  view: ProcessView
  timeline: TimelineEntry[]
  /** What somebody asked of it, oldest first: at most limits.actions, as long as the audit has them. */
  actions: AuditEntry[]
  /** The last stderr lines of each failed run that the log still holds, newest run last. */
  failures: { run: number; outcome: 'failed' | 'timeout' | 'interrupted'; at: string; reason: string; lines: string[] }[]
}

export interface OrphanView {
  pid: number
  startTime: string
  kind: OrphanKind
  /** The name it belongs to (or, for a squatter, whose port it holds), if known. */
  process: string | null
  command: string
  ports: number[]
  since: string
  /** Why it is listed, for a person. */
  evidence: string
  /** Opaque identity that a kill request must carry back. */
  identity: string
}

export interface ProjectView {
  name: string
  directory: string
  /** The directory is not there any more. */
  gone: boolean
  processes: number
  /** Of these, how many are alive. */
  running: number
}

export interface KillResult {
  pid: number
  result: 'terminated' | 'killed' | 'already-gone' | 'refused' | 'alive'
  signal: string | null
  tookMs: number
  reason: string | null
  /** Only in a dry run: nothing was signalled, and `reason` is what would have been done. */
  dryRun?: true
}

export interface PortHolderView {
  port: number
  address: string
  pid: number | null
  command: string | null
  startTime: string | null
  /** The process of ours whose tree holds it. */
  process: string | null
  /** To this port, on all addresses, open now; null where the system does not say. */
  connections: number | null
}

export interface LogLine {
  process: string
  stream: 'out' | 'err'
  /** When the line was written, to within a sweep of the logs (1 s); null when unknown. */
  at: string | null
  run: number | null
  text: string
  /** Unterminated: it will be repeated, whole, when reading continues from the cursor. */
  partial?: true
}

export interface EnvView extends Named {
  /** Values are masked (`***`) unless the owner asked for them. */
  env: Record<string, string>
  /** Names set for it (`--env`, `--env-file`, a file), as opposed to the caller's. */
  set: string[]
  /** Of a set of differing instances: the variables of each, by its index; masked like `env`. */
  each?: Record<string, string>[]
  diff?: { name: string; stored: string | null; caller: string | null }[]
}

export interface SystemLoad {
  /** Processes that ran or waited to, on average over 1, 5 and 15 minutes. */
  loadAverages: number[]
  cpus: number
  /** Of all processors, 0 to 100; null until it was measured twice. */
  cpuPercent: number | null
  memoryBytes: number
  /** Available to programs without swapping. */
  memoryFreeBytes: number
}

export interface DaemonStatus {
  pid: number
  version: string
  protocol: number
  startedAt: string
  uptimeMs: number
  home: string
  processes: number
  live: number
  clients: number
  /** Where it listens for HTTP by TCP; null = on its socket only. */
  http: { host: string; port: number } | null
  rssBytes: number
  /** A problem with writing the state, or null. */
  stateError: { message: string; since: string } | null
  stateBytes: number | null
  stateWrites: number
  /** Files set aside because they could not be read. */
  quarantined: string[]
  eventSeq: number
  /** Number of the oldest event still held for replay. */
  eventOldest: number
  adopted: number
  /** Everything was stopped with an earlier daemon, and stays so until a person starts it. */
  halted: boolean
  monitor: { intervalMs: number; lastRoundMs: number | null; rounds: number }
  /** How logs of this home are rotated: by collapsing the file in place, or by briefly stopping the tree. */
  rotation: 'collapse' | 'freeze' | 'unknown'
  /** The whole machine, programs outside ptrack included. */
  system: SystemLoad
  notes: string[]
}
