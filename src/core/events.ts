/**
 * What can happen to a process (events: wishes and facts) and what is to be done about it (effects).
 * Every fact names the run it belongs to; facts about an older run are dropped at the door of step().
 */
import type { ExternalOutcome } from '../protocol/tracking.ts'
import type { ExitFact, Identity, Lifecycle, LiveRun, Policy, ProcessError, RunRef, WaitWhy } from './state.ts'

export type Wish =
  /** `reason`: what asked for it, when no person did. */
  | { kind: 'startRequested'; reason?: string }
  /** `cause`: the machine goes down, or the daemon is stopped with all that it started; what is wanted of it stays. */
  | { kind: 'stopRequested'; timeoutMs: number | null; cause?: 'shutdown' | 'halt' }
  | { kind: 'restartRequested'; reason?: string }
  | { kind: 'cancelRequested' }
  /** `now`: stop the tree, even of a program that would stop at its next checkpoint. */
  | { kind: 'pauseRequested'; now: boolean }
  | { kind: 'resumeRequested' }
  | { kind: 'resetRequested' }

export type Fact =
  /** A slot is free, a dependency is met, or it was just defined: it begins, unless it has (still) to wait. */
  | { kind: 'admitted' }
  /** Nothing of any run is alive, and that is no run's own fault; `reason` in words. */
  | { kind: 'rebooted'; reason: string }
  | { kind: 'spawned'; run: number; live: LiveRun }
  | { kind: 'spawnFailed'; run: number; error: ProcessError }
  /** The recorder of a run has started its program. */
  | { kind: 'programFound'; run: number; program: Identity }
  | { kind: 'ready'; run: number }
  /** The time to become ready is over; means something only while it is still starting. */
  | { kind: 'readyElapsed'; run: number }
  /** A promise was broken (unhealthy, too much memory): the run is ended as a failure. */
  | { kind: 'violated'; run: number; reason: string; error: ProcessError }
  | { kind: 'timedOut'; run: number }
  /**
   * The leader ended. `leftovers`: descendants known to be alive; `background`: it was a daemonizing program;
   * `outage`: it ended while no daemon watched. `programAlive`: it was the recorder only, and the program goes on.
   */
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
  /** Has been running, and not unhealthy, for the reset time. */
  | { kind: 'steady'; run: number }
  /** The program itself has asked whether it may go on. */
  | { kind: 'checkpointed'; run: number }
  /** A program that was started elsewhere reports a new run of itself. */
  | { kind: 'externalBegan'; pid: number | null; leaseMs: number }
  | { kind: 'externalEnded'; run: number; outcome: ExternalOutcome; error: string | null }
  /** An external process has given no sign of life for longer than its lease. */
  | { kind: 'leaseElapsed'; run: number }

export type Event = Wish | Fact
export type EventKind = Event['kind']
export type EventOf<K extends EventKind> = Extract<Event, { kind: K }>

export type WakeKey = 'ready' | 'timeout' | 'steady' | 'grace' | 'kill' | 'delay'

export type Effect =
  /** `durable`: the intent must be on disk first. An automatic restart need not wait: the marker of the next run tells the next daemon. */
  | { do: 'spawn'; run: RunRef; durable: boolean }
  /**
   * Signal group and every descendant until the set is stable, and report `gone` when nothing lives. `durable`: a person
   * wished it, and the wish must be on disk first.
   */
  | { do: 'endTree'; run: RunRef; force: boolean; durable: boolean }
  /** A /proc pass right after an immediate restart, for what the ended run left behind. */
  | { do: 'sweep'; run: RunRef }
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
  /** Another one each time. */
  newRunId(): string
  /** What it has to wait for before a run may begin; a retry waits for a slot only. */
  wait: { why: WaitWhy; reason: string } | null
  /** The next place in the queue; it is given once. */
  takeTurn(): number
  /** Its record is known to be on disk, so that a run need not wait until its intent is. */
  saved: boolean
  /** This run has asked at a checkpoint before, and so will stop at the next one. */
  cooperative: boolean
  /** Why its last check did not pass; null when it did, or none was made. */
  failing: string | null
}

export interface Step {
  next: Lifecycle
  /** What need not wait until the step is recorded: a successor that begins at once. */
  first?: readonly Effect[]
  /** What follows the record. */
  effects: readonly Effect[]
}
