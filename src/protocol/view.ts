/** What a client may see. Types only, so that the CLI pays nothing for them. Times are ISO-8601 UTC, durations ms, sizes bytes. */
import type { Definition } from './definition.ts'
import type { Health, Kind, OrphanKind, Status, Wanted } from './names.ts'
import type { StepStatus } from './tracking.ts'

export interface PortView {
  port: number
  /** Accepts connections on 127.0.0.1 or ::1; null until checked. */
  open: boolean | null
  /** The pid that listens, when it is known; one of our own tree or a stranger. */
  heldBy: number | null
  latencyMs: number | null
  checkedAt: string | null
}

export interface HealthCheckView {
  /** What was asked: `GET /health`, `exec:pg_isready`, `tcp:db:5432`, `log:REGEX`, `ptrack notify --ready`. */
  check: string
  ok: boolean
  /** Reads after it: `answered 500`, `exited with 2: no response`. */
  answer: string
  at: string
}

export interface ProgressView {
  percent: number | null
  current: number | null
  total: number | null
  unit: string | null
  message: string | null
  etaMs: number | null
  stalled: boolean
}

export interface ProcessView {
  id: string
  /** Small, and the process's alone in its home for ever; commands take it in place of a name. */
  number: number
  name: string
  title: string | null
  description: string | null
  kind: Kind
  type: string
  tags: string[]
  owner: string
  wanted: Wanted
  status: Status
  reason: string | null
  since: string
  health: Health
  /** The last answer of the probe that was declared; null until there is one, and for what is not alive. Ports are in `ports`. */
  healthCheck: HealthCheckView | null
  error: { code: string; message: string } | null
  pid: number | null
  /** When the program's present run was started by the kernel; with the pid this is its identity. */
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
  /** When a process with a cron expression runs next. */
  nextRunAt: string | null
  /** Rows of results so far. */
  results: number
  retry: { attempt: number; of: number | null; nextAt: string } | null
  crashLoop: boolean
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
  /** The status this run led to; null while it lives. */
  outcome: Status | null
  reason: string | null
  exitCode: number | null
  signal: string | null
  adopted: boolean
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

export interface ProcessDetail extends ProcessView {
  definition: Definition
  runs: RunView[]
  steps: StepView[]
  descendants: DescendantView[]
}

export interface TimelineEntry {
  at: string
  status: Status
  run: number
  reason: string | null
  /** A turn of its health while it ran; absent where the status changed. */
  health?: Health
}

export interface WhyView {
  view: ProcessView
  timeline: TimelineEntry[]
  /** The last stderr lines of each failed run that the log still holds, newest run last. */
  failures: { run: number; at: string; reason: string; lines: string[] }[]
}

export interface OrphanView {
  pid: number
  startTime: string
  kind: OrphanKind
  /** The name it belongs to (or, for a squatter, whose port it holds), when known. */
  process: string | null
  command: string
  ports: number[]
  since: string
  /** Why it is listed, for a person. */
  evidence: string
  /** Opaque identity that a kill request must carry back. */
  identity: string
}

export interface KillResult {
  pid: number
  result: 'terminated' | 'killed' | 'already-gone' | 'refused' | 'alive'
  signal: string | null
  tookMs: number
  reason: string | null
  /** Present in a rehearsal only: nothing was signalled, and `reason` is what would have been done. */
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
}

export interface LogLine {
  process: string
  stream: 'out' | 'err'
  /** When the line was written, precise to the sweep of the logs (1 s); null when that is not known. */
  at: string | null
  run: number | null
  text: string
  /** No line end yet: it will be told again, as a whole, to whoever reads on from the cursor. */
  partial?: true
}

export interface EnvView {
  name: string
  /** Values are masked (`***`) unless they were asked for by the owner. */
  env: Record<string, string>
  /** The names among them that were set for it (`--env`, `--env-file`, a file), and not taken from the caller. */
  set: string[]
  /** Of a set of instances that differ: the variables of each, by its index; masked like `env`. */
  each?: Record<string, string>[]
  diff?: { name: string; stored: string | null; caller: string | null }[]
}

export interface SystemLoad {
  /** Processes that ran or waited to, on average over 1, 5 and 15 minutes. */
  loadAverages: number[]
  cpus: number
  memoryBytes: number
  /** That programs can have without others being swapped out. */
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
  /** Number of the oldest event that is still held for replay. */
  eventOldest: number
  adopted: number
  /** Everything was stopped with an earlier daemon, and nothing of it is started until a person asks for it. */
  halted: boolean
  monitor: { intervalMs: number; lastRoundMs: number | null; rounds: number }
  /** How logs of this home are rotated: by collapsing the file in place, or by stopping the tree for a moment. */
  rotation: 'collapse' | 'freeze' | 'unknown'
  /** The machine as a whole, everything that is not ptrack's included. */
  system: SystemLoad
  notes: string[]
}
