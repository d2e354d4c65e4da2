/** What ptrack knows of one process. Deadlines are monotonic ms, across daemons; wall-clock times are for people only. */
import type { EndedStatus, LifecycleCommand, Wanted } from '../protocol/names.ts'

/** One life of a process: its number (from 1) and a random, unique id. */
export interface RunRef {
  number: number
  id: string
  /** Of a job: 1 for a requested run, one more for each automatic one after it; else 1. Absent in states of older daemons. */
  attempt?: number | undefined
}

/** The only way to name an operating system process: pid, start time (clock ticks since boot) and boot id. */
export interface Identity {
  pid: number
  startTicks: number
  bootId: string
}

export const sameIdentity = (a: Identity | null, b: Identity | null): boolean =>
  a !== null && b !== null && a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId

/** How a run ended. An unknown exit stays `unknown`: no exit code is ever invented. */
export type ExitFact =
  | { kind: 'code'; code: number }
  /** `inferred`: from 128+n of a recorder or a shell, and then that number is its `code`. `outOfMemory`: by the kernel, in its cgroup. */
  | { kind: 'signal'; signal: string; inferred: boolean; code?: number; outOfMemory?: boolean }
  /** Its parent was an earlier daemon, and no recorder wrote the exit. */
  | { kind: 'unknown' }

/** The live part of a run. The leader owns session and group; the program differs from it only under a recorder. */
export interface LiveRun {
  leader: Identity
  program: Identity | null
  /** Wall clock and monotonic time of the spawn. */
  startedAtMs: number
  startedMono: number
  /** Found alive by a later daemon than the one that spawned it. */
  adopted: boolean
  /** Time spent paused, which no timeout counts. */
  pausedMs: number
}

/** An externally started process that reports itself; ptrack never signals it. */
export interface External {
  run: RunRef
  /** As its program reported it, for people. */
  pid: number | null
  /** Ms it counts as alive after its last sign of life. */
  leaseMs: number
  startedAtMs: number
  startedMono: number
  pausedMs: number
  /** What its owner was asked to do and has not done yet. */
  asked: 'pause' | 'cancel' | null
}

export type Next =
  | { go: 'end'; status: EndedStatus; reason: string | null; error: ProcessError | null }
  /** `asked`: by a person, so it waits for its dependencies again. */
  | { go: 'run'; reason: string; asked: boolean }
  | { go: 'retry'; delayMs: number; reason: string }

export interface ProcessError {
  code: string
  message: string
}

/** A lifecycle command of this run that is under way. */
export interface CommandRun {
  name: LifecycleCommand
  /** null = it is about to be spawned. */
  live: LiveRun | null
  /** A pre-start that has succeeded: the program is about to be spawned. */
  over?: true
}

/**
 * How far ending a run has got: before the stop signal, asked, forced, or past both without effect; then nothing of it is alive,
 * and its post-stop is executed.
 */
export type EndingPhase = 'pre-stop' | 'term' | 'kill' | 'unkillable' | 'post-stop'

/** What a request to stop says of its way. */
export interface StopRules {
  graceMs: number
  /** Instead of the stop signal. */
  signal?: string | undefined
  /** A lifecycle command may take no longer, whatever the definition says. */
  commandMs?: number | null | undefined
}

export type WaitWhy = 'queue' | 'dependency' | 'time'

export type State =
  /** `turn`: its place in the queue for a slot, rising; 0 = none taken yet. */
  | { status: 'pending'; why: WaitWhy; turn: number }
  /** `live: null` = the intent is saved, nothing is spawned yet. */
  | { status: 'starting'; run: RunRef; live: LiveRun | null; command?: CommandRun | undefined }
  /** `pausing`: asked to pause, and it will at its next checkpoint. */
  | { status: 'running'; run: RunRef; live: LiveRun; pausing: boolean }
  /** `how`: stopped by SIGSTOP, or waiting at a checkpoint of its own. */
  | { status: 'paused'; run: RunRef; live: LiveRun; sinceMono: number; how: 'stopped' | 'checkpoint' }
  | {
      status: 'completing'
      run: RunRef
      live: LiveRun
      phase: EndingPhase
      afterwards: Next
      exit: ExitFact | null
      command?: CommandRun | undefined
      /** Of a stop whose signal comes after its pre-stop, or whose post-stop is limited. */
      rules?: StopRules | undefined
      /** Its pre-start has not succeeded, or its spawn has failed: `live` is that of the pre-start. */
      unspawned?: true | undefined
    }
  | { status: 'retrying'; dueMono: number; delayMs: number; exit: ExitFact | null }
  | { status: 'running'; external: External }
  | { status: 'paused'; external: External; sinceMono: number }
  /** Its owner has been asked to end it. */
  | { status: 'completing'; external: External }
  | { status: EndedStatus; exit: ExitFact | null }

/** The states in which a program of ours was spawned, or is about to be. */
export type LiveState<S extends State['status'] = State['status']> = Extract<State, { status: S; live: unknown }>
export type ExternalState = Extract<State, { external: External }>

/** Of the present run; undefined without one, and for one begun by an older daemon. */
export const attemptOfRun = ({ state }: Lifecycle): number | undefined =>
  ('external' in state ? state.external.run : 'run' in state ? state.run : null)?.attempt

export const isPausing = (state: State): boolean =>
  ('pausing' in state && state.pausing) || ('external' in state && state.external.asked === 'pause')

export interface Lifecycle {
  state: State
  wanted: Wanted
  /** 0 before the first run. */
  runNumber: number
  /** Why it has the present status, and since when (wall clock, ms). */
  reason: string | null
  sinceMs: number
  error: ProcessError | null
  /** Monotonic times of failures inside the window that decides about crash loops. */
  failures: number[]
  /** Backoffs in a row; 0 = the next failure after a good while restarts at once. */
  backoffStep: number
  crashLoop: boolean
  /** Runs after the first since a person last asked (services), and failed attempts so far (jobs). */
  restarts: number
  attempts: number
}

export function newLifecycle(wallMs: number): Lifecycle {
  return {
    state: { status: 'pending', why: 'queue', turn: 0 },
    wanted: 'up',
    runNumber: 0,
    reason: null,
    sinceMs: wallMs,
    error: null,
    failures: [],
    backoffStep: 0,
    crashLoop: false,
    restarts: 0,
    attempts: 0,
  }
}

/** The part of a definition that the state machine decides by. */
export interface Policy {
  kind: 'service' | 'job' | 'external'
  restart: 'always' | 'on-failure' | 'never'
  maxRestarts: number | null
  restartWindowMs: number
  /** A fixed delay before each restart; null = the growing ones. */
  restartDelayMs: number | null
  okExit: readonly number[]
  noRestartExit: readonly number[]
  /** `seen`: end them if this daemon saw the run end and the program did not daemonize; else keep them for a person to judge. */
  leftovers: 'kill' | 'keep' | 'seen'
  stopTimeoutMs: number
  timeoutMs: number | null
  retries: number
  retryInitialMs: number
  retryMaxMs: number
  retryFactor: number
  retryJitter: boolean
  retryOn: readonly ('failure' | 'timeout')[]
  retryInterrupted: boolean
  readyTimeoutMs: number
  /** A probe must pass before the run counts as running. */
  readiness: boolean
  /** A scheduled job: `cancel` ends its run, and only `stop` its schedule. */
  scheduled: boolean
  /** Those that the definition has. */
  commands: readonly LifecycleCommand[]
}
