/** The interfaces of the World, implemented by adapters without policy; everything is synchronous and quick, or a promise. */
import type { Definition } from '../protocol/definition.ts'
import type { Settings } from '../protocol/settings.ts'
import type { OpenSockets } from '../protocol/sockets.ts'
import type { TimelineEntry } from '../protocol/view.ts'
import type { Handover } from './handover.ts'
import type { ExitFact, Identity, Lifecycle, RunRef } from './state.ts'
import type { WorkProgress } from './work-progress.ts'
import type { AuditLog } from './world-audit.ts'
import type { EnvStore } from './world-envs.ts'
import type { FileWatcher, HistoryStore, HookRunner, ResultStore, Timetable } from './world-jobs.ts'
import type { LogKeeper } from './world-logs.ts'
import type { MetricsStore } from './world-metrics.ts'
import type { Prober } from './world-probes.ts'
import type { SocketKeeping } from './world-sockets.ts'
import type { TerminalSize, Terminals } from './world-terminals.ts'
import type { TokenStore } from './world-tokens.ts'

export interface Clock {
  /** CLOCK_MONOTONIC. */
  mono(): number
  wall(): number
  /** Calls back once; returns a cancel function. Never keeps the daemon alive by itself. */
  wakeAfter(ms: number, callback: () => void): () => void
}

/** PTRACK_ID, PTRACK_RUN, PTRACK_HOME as found in a process's environment. */
export interface Marker {
  id: string
  runNumber: number
  runId: string
  home: string
  /** It is itself a ptrack daemon (of any home) and so never part of a tree. */
  daemon: boolean
}

export interface ProcessRow {
  pid: number
  ppid: number
  pgrp: number
  session: number
  tty: boolean
  /** Letter of /proc/PID/stat: R S D Z T t X I. Z and X count as ended. */
  state: string
  startTicks: number
  comm: string
  /** User + system time of this process alone. */
  cpuMs: number
  rssBytes: number
  marker: Marker | null
}

export interface Listener {
  port: number
  /** 127.0.0.1, 0.0.0.0, ::, ::1 ... */
  address: string
  inode: number
  /** Connections that wait to be accepted; absent where the system does not say. */
  queued?: number
}

export interface ProcessTable {
  readonly bootId: string
  /** One pass over /proc; reads environments only of new processes. 12-20 ms for 1000 processes. */
  snapshot(): ProcessRow[]
  /** null for no such process, or a zombie. */
  identityOf(pid: number): Identity | null
  /** Whether exactly this process is alive (a zombie is not). */
  alive(identity: Identity): boolean
  /** Keeps /proc/PID/stat open, so that its death is seen even if the pid is reused; null when already gone. */
  hold(identity: Identity): HeldProcess | null
  /** Null while it has none. */
  firstChild(pid: number): Identity | null
  commandLine(pid: number): string[]
  startedAtMs(identity: Identity): number
  diskIo(pid: number): { readBytes: number; writeBytes: number } | null
  /** Of the whole machine; free = available to programs without swapping. */
  memory(): { totalBytes: number; freeBytes: number }
  /** Of the whole machine, since its boot, all processors together; null where it is unknown. */
  cpuTimes(): { busyMs: number; totalMs: number } | null
  /** How long it was ready to run while other programs had the processors; 0 where that is unknown. */
  heldUpMs(pid: number): number
  listeners(): Listener[]
  /** Open connections to these ports, by port; null where the system does not say. */
  connections(ports: ReadonlySet<number>): Map<number, number> | null
  /** The descendants of a process by its and their threads' lists of children: cheaper than a snapshot. */
  below(pid: number): number[]
  /** Whether one of these pids waits for connections at this listening socket, or just has it open; null = neither. */
  serving(pids: readonly number[], inode: number): 'waits' | 'open' | null
  /** Which of these pids (null: all) holds each socket inode. */
  holders(inodes: ReadonlySet<number>, pids: readonly number[] | null): Map<number, number>
}

export interface HeldProcess {
  alive(): boolean
  close(): void
}

export interface SpawnPlan {
  id: string
  name: string
  run: RunRef
  command: readonly string[]
  cwd: string
  /** Complete, marker included. */
  env: Record<string, string>
  outFile: string
  errFile: string
  /** Where the recorder writes the exit code; null = no recorder. */
  recordFile: string | null
  /** stdin is the FIFO of a `ptrack run` (protocol/input-files.ts); false = /dev/null. */
  input: boolean
  /** A file that is its stdin; null = /dev/null, unless `input` or `terminal` say otherwise. */
  stdinFile: string | null
  /** A terminal of this size is its stdin, stdout and stderr; null = it has none. */
  terminal: TerminalSize | null
  nice: number | null
  user: string | null
  group: string | null
  umask: string | null
  ulimits: Record<string, string>
  /** Of its own, with these hard limits; null = in the daemon's. */
  cgroup: RunLimits | null
  /** null = it sees and may write what its user may. */
  sandbox: Sandbox | null
  /** Started by a holder of these, and inherits them; null = started by the daemon. */
  sockets: OpenSockets | null
}

export interface Sandbox {
  noNewPrivileges: boolean
  readOnly: readonly string[]
  privateTmp: boolean
}

export interface RunLimits {
  memoryBytes: number | null
  /** Of one processor: 1.5 is one and a half. */
  cpus: number | null
  pids: number | null
}

export type SpawnOutcome = { ok: true; leader: Identity; program: Identity | null } | { ok: false; code: string; message: string }

export interface Spawner {
  /**
   * Starts each program in its own session with stdio straight to its log files. Synchronous: on return each was exec'd, or why
   * not is known (not found, bad cwd, EAGAIN ...). `onExit` is called once, later. Several at once cost less than one by one
   * (adapters/spawn.ts).
   */
  spawn(starts: readonly { plan: SpawnPlan; onExit: (exit: ExitFact) => void }[]): SpawnOutcome[]
  /** The exit that a recorder wrote; null when there is none (yet). */
  recordedExit(recordFile: string): ExitFact | null
  /** Its exit is in the state on disk, or its run never began: the file may serve another run. */
  retireRecord(recordFile: string): void
  inputOpen(recordFile: string): boolean
  /** No more of it will come. */
  endInput(recordFile: string): void
  /** The input of this run, typed or handed on, has no reader any more. */
  removeInput(recordFile: string): void
  /** Whether the kernel has killed a process of this run's cgroup for want of memory. */
  ranOutOfMemory(name: string, run: RunRef): boolean
  /** Nothing of this run is left in its cgroup. */
  removeCgroup(name: string, run: RunRef): void
}

export type SignalOutcome = 'sent' | 'gone' | 'denied'

export interface Signaller {
  /** Reads the identity again right before the signal. */
  signal(identity: Identity, signal: string): SignalOutcome
  /** Signals the whole group of this leader, while the leader itself is alive. */
  signalGroup(leader: Identity, signal: string): SignalOutcome
  /** Whether anything alive is left in the group of a leader that was just reaped. Costs a /proc pass unless it is empty. */
  groupAlive(pgid: number): boolean
  /** Signal 0 to the group: microseconds, but zombies count. */
  groupExists(pgid: number): boolean
}

export interface PastRun {
  ref: RunRef
  startedAtMs: number
  endedAtMs: number
  outcome: string
  reason: string | null
  exit: ExitFact | null
  adopted: boolean
  /** Leftovers are found by its session and group, and by those of its program. */
  leader: Identity | null
  /** Below the leader; null where they are one, and where it was not known. */
  program: Identity | null
  outage: boolean
  /** Its row is in the history, or was there and expired: no other is written. */
  inHistory: boolean
}

/** A definition that did not become healthy at a reload. */
export interface RefusedVersion {
  definition: Readonly<Definition>
  why: string
  atMs: number
}

/** One process in process-state.json; plain JSON, no environment values. */
export interface ProcessRecord {
  id: string
  /** From 0, in the order of definition; never reused in this home. */
  number: number
  /** Replaced, never changed in place: derived values may be cached by identity. */
  definition: Readonly<Definition>
  owner: string
  createdAtMs: number
  tracked: Lifecycle
  startedAtMs: number | null
  endedAtMs: number | null
  lastExit: ExitFact | null
  /** Newest last, at most limits.runs. */
  runs: PastRun[]
  timeline: TimelineEntry[]
  /** null until it has reported something about its work. */
  tracking: WorkProgress | null
  /** Runs beside the one in the state; absent = there never was one. */
  handover?: Handover | undefined
  /** What its present run was started with, where its definition has changed since in more than takes effect at once. */
  ranWith?: Readonly<Definition> | undefined
  /** The last version that was rolled back, until another is tried. */
  refused?: RefusedVersion | undefined
  /** The `ptrack run` whose stdin its first run reads; absent = /dev/null. */
  input?: Identity | undefined
  /** The `ptrack run` that passes on to its first run what is typed; absent = nobody does. */
  terminalInput?: Identity | undefined
  /** A command of `exec`, which ends with its caller; null = one on another machine, which ended with its connection. */
  execFor?: Identity | null | undefined
  /** A job of `run --rm`, deleted once it has ended and its caller has gone; null = its caller is a connection, or was. */
  removeFor?: Identity | null | undefined
  session?: OwnedBySession | undefined
  /** Who defined it, and by what; absent = before this was kept. */
  definedBy?: DefinedBy | undefined
  seen?: Seen | undefined
}

/** A mark at what is wrong with a process. */
export interface Seen {
  run: number
  /** It was in a crash loop then. */
  crashLoop: boolean
  atMs: number
  by: string
}

export interface DefinedBy {
  atMs: number
  user: string
  client: string
  /** Masked. */
  command: string[] | null
}

/** The session that a process belongs to, and ends with. */
export interface OwnedBySession {
  name: string
  /** The process whose end is the session's. */
  owner: Identity
  lingerMs: number
}

export interface LoadedState {
  records: ProcessRecord[]
  settings: Settings
  /** Boot id under which the state was last written. */
  bootId: string | null
  /** For a person: what was quarantined, which generation was used, what was migrated. */
  notes: string[]
  /** The notes that say that something is, or may be, missing. */
  damage: string[]
  quarantined: string[]
}

export interface StateStore {
  load(): Promise<LoadedState>
  /** Marks a process as changed; its record is read by `read(id)` at the time of the write. */
  put(id: string): void
  remove(id: string): void
  /** For a new process; recorded with the next awaited write, and so never given again. */
  takeNumber(): number
  /** The one that is taken next: of those from here on none was ever recorded. */
  nextNumber(): number
  putSettings(settings: Settings): void
  /** Resolves when everything put or removed before is on disk; rejects when it could not be written. */
  flush(): Promise<void>
  health(): { error: string | null; sinceMs: number | null; bytes: number | null; writes: number }
  onHealthChange(listener: (error: string | null) => void): void
  /** Waits for a pending write and writes what is left. */
  close(): Promise<void>
}

export interface DaemonLog {
  debug(component: string, message: string): void
  info(component: string, message: string): void
  warn(component: string, message: string): void
  error(component: string, message: string, error?: unknown): void
}

export interface World {
  /** PTRACK_HOME, absolute. */
  home: string
  socketPath: string
  user: string
  daemonPid: number
  /** For a program whose own environment is lost: the daemon's. */
  baseEnv: Record<string, string>
  /** It serves a container (`ptrack runtime`). */
  runtime: boolean
  /** False where it cannot be seen. */
  isDirectory(path: string): boolean
  /** The file that gives Node programs `process.send`; null while unreadable. */
  nodePreload(): string | null
  /** The file that makes Node programs of this user (null: the daemon's) take inherited sockets; null while unreadable. */
  socketsPreload(user: string | null): string | null
  clock: Clock
  /** In [0, 1). */
  random(): number
  /** A fresh random id of `length` hexadecimal characters. */
  newId(length: number): string
  table: ProcessTable
  spawner: Spawner
  signaller: Signaller
  terminals: Terminals
  sockets: SocketKeeping
  store: StateStore
  envs: EnvStore
  logs: LogKeeper
  tokens: TokenStore
  prober: Prober
  results: ResultStore
  history: HistoryStore
  metrics: MetricsStore
  audit: AuditLog
  hooks: HookRunner
  files: FileWatcher
  timetable: Timetable
  fleet: import('./world-fleet.ts').FleetPlaces
  log: DaemonLog
}
