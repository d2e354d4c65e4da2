/**
 * What the outside must offer. Adapters implement these and hold no policy; the supervisor gets them as one World
 * and never imports an adapter. Everything here is either synchronous and quick, or a promise.
 */
import type { Definition } from '../protocol/definition.ts'
import type { Settings } from '../protocol/settings.ts'
import type { TimelineEntry } from '../protocol/view.ts'
import type { ExitFact, Identity, Lifecycle, RunRef } from './state.ts'
import type { WorkProgress } from './work-progress.ts'
import type { FileWatcher, HistoryStore, HookRunner, ResultStore, Timetable } from './world-jobs.ts'
import type { LogKeeper } from './world-logs.ts'
import type { TokenStore } from './world-tokens.ts'

export interface Clock {
  /** Milliseconds of CLOCK_MONOTONIC. */
  mono(): number
  /** Epoch milliseconds. */
  wall(): number
  /** Calls back once after so many ms; returns a cancel function. Never keeps the daemon alive by itself. */
  wakeAfter(ms: number, callback: () => void): () => void
}

/** PTRACK_ID, PTRACK_RUN, PTRACK_HOME as found in a process's environment. */
export interface Marker {
  id: string
  runNumber: number
  runId: string
  home: string
  /** The process is itself a ptrack daemon (of any home) and so never part of a tree. */
  daemon: boolean
}

/** One line of the process table. */
export interface ProcessRow {
  pid: number
  ppid: number
  pgrp: number
  session: number
  /** Has a controlling terminal. */
  tty: boolean
  /** Letter of /proc/PID/stat: R S D Z T t X I. Z and X count as ended. */
  state: string
  startTicks: number
  comm: string
  /** User + system time in ms, of this process alone. */
  cpuMs: number
  rssBytes: number
  marker: Marker | null
}

export interface Listener {
  port: number
  /** 127.0.0.1, 0.0.0.0, ::, ::1 ... */
  address: string
  inode: number
}

export interface ProcessTable {
  readonly bootId: string
  /** One pass over /proc; environments are read only of processes not seen before. 12-20 ms for 1000 processes. */
  snapshot(): ProcessRow[]
  /** null when there is no such process or it is a zombie. */
  identityOf(pid: number): Identity | null
  /** True when exactly this process is alive (zombies are not). */
  alive(identity: Identity): boolean
  /** Keeps /proc/PID/stat open, so that death is seen even if the number is reused; null when already gone. */
  hold(identity: Identity): HeldProcess | null
  /** First child of a recorder; null while there is none. */
  firstChild(pid: number): Identity | null
  commandLine(pid: number): string[]
  /** Epoch ms of a process's start. */
  startedAtMs(identity: Identity): number
  diskIo(pid: number): { readBytes: number; writeBytes: number } | null
  /** All listening TCP sockets, v4 and v6. */
  listeners(): Listener[]
  /** Which of these pids (all, when null) holds each socket inode. */
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
  /** Complete environment, marker included. */
  env: Record<string, string>
  outFile: string
  errFile: string
  /** Where the recorder writes the exit code; null = no recorder. */
  recordFile: string | null
  /** Its stdin is what a `ptrack run` hands on (protocol/input-files.ts); false = /dev/null. */
  input: boolean
  nice: number | null
  user: string | null
  group: string | null
  umask: string | null
  ulimits: Record<string, string>
  cgroup: boolean
}

export type SpawnOutcome = { ok: true; leader: Identity; program: Identity | null } | { ok: false; code: string; message: string }

export interface Spawner {
  /**
   * Starts each program in a session of its own with stdio straight to its log files; an outcome for each, in order.
   * Synchronous: when it returns, the programs have been exec'd, or the reason why not is known (not found, not
   * executable, bad cwd, EAGAIN, EMFILE ...). `onExit` is called once, later, with what the kernel (or the recorder) says.
   * Several at once cost less than one after the other: see `spawn` in adapters/spawn.ts.
   */
  spawn(starts: readonly { plan: SpawnPlan; onExit: (exit: ExitFact) => void }[]): SpawnOutcome[]
  /** The exit that a recorder wrote down, or null when there is none (yet). */
  recordedExit(recordFile: string): ExitFact | null
  /** What it told is in the state on disk, or its run never began: the file may serve another run. */
  retireRecord(recordFile: string): void
  /** Whether something of the input of this run may still come. */
  inputOpen(recordFile: string): boolean
  /** Nobody reads the input of this run any more. */
  removeInput(recordFile: string): void
}

export type SignalOutcome = 'sent' | 'gone' | 'denied'

export interface Signaller {
  /** Reads the identity again right before the signal. */
  signal(identity: Identity, signal: string): SignalOutcome
  /** Signals the whole group that this leader created, while the leader itself is alive. */
  signalGroup(leader: Identity, signal: string): SignalOutcome
  /** Whether anything that lives is left in the group of a leader that has just been reaped. Costs a /proc pass unless it is empty. */
  groupAlive(pgid: number): boolean
  /** Signal 0 to the group: microseconds, but zombies count. */
  groupExists(pgid: number): boolean
}

/** What is kept of an ended run. */
export interface PastRun {
  ref: RunRef
  startedAtMs: number
  endedAtMs: number
  outcome: string
  reason: string | null
  exit: ExitFact | null
  adopted: boolean
  /** Leader of the run; leftovers are found by its session and group. */
  leader: Identity | null
  /** True when it ended while no daemon watched. */
  outage: boolean
  /** Its row stands in the history, or stood there and was kept long enough: it gets no other. */
  inHistory: boolean
}

/** One process as it stands in process-state.json; plain JSON, no environment values. */
export interface ProcessRecord {
  id: string
  /** Counted from 0 in the order in which processes were defined; no other process of this home ever has it. */
  number: number
  /** Another one takes its place when something is changed: what was made of it may be kept by its identity. */
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
  /** null until it has told something of its work. */
  tracking: WorkProgress | null
  /** The `ptrack run` whose stdin its first run reads, and no other run can; absent = /dev/null. */
  input?: Identity | undefined
}

export interface LoadedState {
  records: ProcessRecord[]
  settings: Settings
  /** Boot id under which the state was last written. */
  bootId: string | null
  /** For a person: what was quarantined, which generation was used, what was migrated. */
  notes: string[]
  /** Those of the notes that say that something is missing or may be. */
  damage: string[]
  quarantined: string[]
}

export interface StateStore {
  load(): Promise<LoadedState>
  /** Marks one process as changed; its record is read by `read(id)` when the write happens. */
  put(id: string): void
  remove(id: string): void
  /** For a new process; on disk, and so never given again, with the next write that is awaited. */
  takeNumber(): number
  /** Replaces limits, policies and hooks. */
  putSettings(settings: Settings): void
  /** Resolves when everything put or removed before this call is on disk; rejects when it could not be written. */
  flush(): Promise<void>
  health(): { error: string | null; sinceMs: number | null; bytes: number | null; writes: number }
  onHealthChange(listener: (error: string | null) => void): void
  /** Waits for a write under way and writes what is left. */
  close(): Promise<void>
}

export interface EnvRecord {
  caller: Record<string, string>
  set: Record<string, string>
  /** Of instances that differ, by their index: over `set`. */
  each?: Record<string, string>[]
}

export interface EnvStore {
  read(name: string): EnvRecord | null
  write(name: string, env: EnvRecord): Promise<void>
  remove(name: string): Promise<void>
  /** Names with an environment, and its bytes; files whose names say something else are left out. */
  list(): Promise<Map<string, number>>
}

export interface PortCheck {
  open: boolean
  latencyMs: number | null
  /** Of the system's error when it is closed; null when nothing answered in time. */
  code?: string | null
}

export interface ProbeAnswer {
  ok: boolean
  /** To be read after the name of the check: `answered 500`, `exited with 3: no route to db`. */
  answer: string
}

export interface Prober {
  /**
   * TCP connect to 127.0.0.1 and ::1 (or the given host); a connection to itself counts as closed. Ended in order and not by
   * a reset, which would end any Node server whose sockets have no error listener.
   */
  tcp(port: number, timeoutMs: number, host?: string): Promise<PortCheck>
  /** 200-399 pass. */
  http(url: string, timeoutMs: number): Promise<ProbeAnswer>
  exec(command: string, options: { cwd: string; env: Record<string, string>; timeoutMs: number }): Promise<ProbeAnswer>
  freePort(): Promise<number>
}

export interface DaemonLog {
  debug(component: string, message: string): void
  info(component: string, message: string): void
  warn(component: string, message: string): void
  error(component: string, message: string, error?: unknown): void
}

export interface World {
  /** Absolute path of PTRACK_HOME. */
  home: string
  socketPath: string
  /** Name of the user the daemon runs as. */
  user: string
  daemonPid: number
  /** For a program whose own environment is lost: what the daemon was started with. */
  baseEnv: Record<string, string>
  /** The file that gives Node programs `process.send`; null while it cannot be read. */
  nodePreload(): string | null
  clock: Clock
  /** In [0, 1). */
  random(): number
  /** A fresh random id of so many hexadecimal characters. */
  newId(length: number): string
  table: ProcessTable
  spawner: Spawner
  signaller: Signaller
  store: StateStore
  envs: EnvStore
  logs: LogKeeper
  tokens: TokenStore
  prober: Prober
  results: ResultStore
  history: HistoryStore
  hooks: HookRunner
  files: FileWatcher
  timetable: Timetable
  log: DaemonLog
}
