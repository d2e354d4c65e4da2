/** Events (requests and facts) and effects (what is to be done). Each fact names its run; step() drops those of an older run. */
import type { LifecycleCommand } from '../protocol/names.ts'
import type { ExternalOutcome } from '../protocol/tracking.ts'
import type { ExitFact, Identity, Lifecycle, LiveRun, Policy, ProcessError, RunRef, WaitWhy } from './state.ts'

export type Wish =
  /** `reason`: what asked for it, when no person did. */
  | { kind: 'startRequested'; reason?: string }
  /**
   * `cause`: the machine shuts down, or the daemon stops with all that it started: what is wanted of the process stays. Or it
   * was defined as not to be started, and nothing is cancelled.
   */
  | {
      kind: 'stopRequested'
      timeoutMs: number | null
      /** `restart`: it is started again when it and what depends on it are down. */
      cause?: 'shutdown' | 'halt' | 'unstarted' | 'restart'
      /** What asked for it, when no person did. */
      reason?: string
      /** The most that each lifecycle command may take. */
      commandMs?: number | null
    }
  | { kind: 'restartRequested'; reason?: string }
  /** `signal`: instead of the stop signal. */
  | { kind: 'cancelRequested'; signal?: string | undefined }
  /** `now`: stop the tree, even if the program would stop at its next checkpoint. */
  | { kind: 'pauseRequested'; now: boolean }
  | { kind: 'resumeRequested' }
  | { kind: 'resetRequested' }
  /** A run that was begun beside it serves now (core/handover.ts); its own, if it is alive, is a predecessor there. */
  | { kind: 'tookOver'; by: { run: RunRef; live: LiveRun } }

export type Fact =
  /** A slot is free, a dependency is met, or it was just defined: it begins unless it (still) has to wait. */
  | { kind: 'admitted' }
  /** No run is alive, through no fault of its own; `reason` in words. */
  | { kind: 'rebooted'; reason: string }
  | { kind: 'spawned'; run: number; live: LiveRun }
  | { kind: 'spawnFailed'; run: number; error: ProcessError }
  | { kind: 'programFound'; run: number; program: Identity }
  /** A lifecycle command was spawned, and has ended with all that it started; `failure` null = with success. */
  | { kind: 'commandBegan'; run: number; name: LifecycleCommand; live: LiveRun }
  | { kind: 'commandEnded'; run: number; name: LifecycleCommand; failure: string | null }
  | { kind: 'ready'; run: number }
  /** The time to become ready is over; meaningful only while it is still starting. */
  | { kind: 'readyElapsed'; run: number }
  /** A limit was exceeded (unhealthy, too much memory): the run is ended as a failure. */
  | { kind: 'violated'; run: number; reason: string; error: ProcessError }
  | { kind: 'timedOut'; run: number }
  /** The leader exited. `programAlive`: only the recorder did. `background`: it daemonized. `outage`: no daemon was watching. */
  | {
      kind: 'exited'
      run: number
      exit: ExitFact
      leftovers: boolean
      background: boolean
      outage: boolean
      programAlive?: boolean
    }
  /** Nothing of the run is alive any more. */
  | { kind: 'gone'; run: number }
  | { kind: 'graceElapsed'; run: number }
  | { kind: 'killElapsed'; run: number }
  | { kind: 'delayElapsed'; run: number }
  /** It has run for the reset time without being unhealthy. */
  | { kind: 'steady'; run: number }
  /** The program has asked whether it may continue. */
  | { kind: 'checkpointed'; run: number }
  /** An externally started program reports a new run. */
  | { kind: 'externalBegan'; pid: number | null; leaseMs: number }
  | { kind: 'externalEnded'; run: number; outcome: ExternalOutcome; error: string | null }
  /** An external process has given no sign of life within its lease. */
  | { kind: 'leaseElapsed'; run: number }

export type Event = Wish | Fact
export type EventKind = Event['kind']
export type EventOf<K extends EventKind> = Extract<Event, { kind: K }>

export type WakeKey = 'ready' | 'timeout' | 'steady' | 'grace' | 'kill' | 'delay' | 'command'

export type Effect =
  /** `durable`: the intent must be on disk first. An automatic restart need not wait: the next daemon finds the run's marker. */
  | { do: 'spawn'; run: RunRef; durable: boolean }
  /** Signal descendants until none is left, then report `gone`. `durable`: saved first. `signal`: first, before the usual one. */
  | { do: 'endTree'; run: RunRef; force: boolean; durable: boolean; signal?: string | undefined }
  /** A /proc pass right after an immediate restart, for what the ended run left behind. */
  | { do: 'sweep'; run: RunRef }
  /**
   * A lifecycle command, reported by `commandBegan` and `commandEnded`. `durable`: saved first. `limitMs`: less than the definition
   * allows. `drainMs`: an instance behind shared sockets is drained before. `again`: what an earlier daemon began is ended first.
   */
  | {
      do: 'command'
      run: RunRef
      name: LifecycleCommand
      durable: boolean
      limitMs: number | null
      drainMs?: number
      again?: true
    }
  /** Its time is over: it is killed. */
  | { do: 'endCommand'; run: RunRef }
  | { do: 'freeze'; run: RunRef }
  | { do: 'thaw'; run: RunRef }
  | { do: 'wake'; key: WakeKey; afterMs: number; event: Fact }
  | { do: 'clearWakes' }

export interface Context {
  policy: Policy
  monoMs: number
  wallMs: number
  /** In [0, 1). */
  jitter: number
  newRunId(): string
  /** What it has to wait for before a run may begin; a retry waits only for a slot. */
  wait: { why: WaitWhy; reason: string } | null
  /** The next place in the queue; each is given out once. */
  takeTurn(): number
  /** Its record is on disk, so a run need not wait for its intent. */
  saved: boolean
  /** The highest number that a run beside the one in the state has had. */
  given: number
  /** This run has asked at a checkpoint before, and so will stop at the next one. */
  cooperative: boolean
  /** Why its last check failed; null when it passed, or none was made. */
  failing: string | null
}

export interface Step {
  next: Lifecycle
  /** What need not wait for the record of this step: a successor that begins at once. */
  first?: readonly Effect[]
  effects: readonly Effect[]
}
