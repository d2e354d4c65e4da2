/**
 * The life of a process as one pure, complete table: rows are what is so, columns what happened, each cell an action
 * from cells.ts. Nothing here reads a clock or touches the world: step() answers with the next state and the effects.
 * Every cell is written; the compiler names a missing one. docs/states.md is printed from this table by a test.
 */
import { isEnded, type Status } from '../protocol/names.ts'
import { afterExit, afterReadyTimeout, afterTimeout, afterViolation } from './cells/ending.ts'
import {
  askToEnd,
  askToPause,
  beginExternal,
  endOutside,
  loseByReboot,
  loseLease,
  pauseOutside,
  resumeOutside,
} from './cells/external.ts'
import { ignore, impossible, unchanged } from './cells/moves.ts'
import { afterReboot } from './cells/returning.ts'
import { becomeSteady, forgetFailures, goOn, pause, pauseAtCheckpoint, resumeNow, stayDown } from './cells/standing.ts'
import {
  admit,
  afterReady,
  afterSpawned,
  afterSpawnFailed,
  nextAttempt,
  noteProgram,
  startAfresh,
  startNow,
} from './cells/starting.ts'
import {
  admitUnkillable,
  beginRestart,
  beginStop,
  escalate,
  noteExit,
  settleGone,
  startAfterwards,
  stopAfterwards,
  stopAtOnce,
} from './cells/stopping.ts'
import type { Context, Event, EventKind, EventOf, Step } from './events.ts'
import type { ExternalState, LiveState, State, Tracked } from './state.ts'

/**
 * `intended`: starting, nothing spawned yet; `starting`: spawned, not ready. All ended statuses behave alike, and so do all
 * live ones of an external process, of which nothing is ours to signal.
 */
export const ROWS = [
  'pending',
  'intended',
  'starting',
  'running',
  'paused',
  'completing',
  'retrying',
  'ended',
  'external',
] as const
export type Row = (typeof ROWS)[number]

type Live = Extract<State, { live: unknown }>
type StateOf<R extends Row> = R extends 'ended'
  ? Exclude<State, Live | ExternalState | { status: 'pending' } | { status: 'retrying' }>
  : R extends 'external'
    ? ExternalState
    : R extends 'intended'
      ? Extract<State, { status: 'starting' }>
      : Exclude<Extract<State, { status: R }>, ExternalState>
type Cell<R extends Row, K extends EventKind> = (
  tracked: Tracked & { state: StateOf<R> },
  event: EventOf<K>,
  ctx: Context,
) => Step
type Table = { [R in Row]: { [K in EventKind]: Cell<R, K> } }

export const table: Table = {
  pending: {
    startRequested: startNow,
    stopRequested: stopAtOnce,
    restartRequested: startNow,
    cancelRequested: stopAtOnce,
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: admit,
    rebooted: ignore,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: ignore,
    ready: ignore,
    readyElapsed: ignore,
    violated: ignore,
    timedOut: ignore,
    exited: impossible,
    gone: ignore,
    graceElapsed: ignore,
    killElapsed: ignore,
    delayElapsed: ignore,
    steady: ignore,
    checkpointed: ignore,
    externalBegan: beginExternal,
    externalEnded: ignore,
    leaseElapsed: ignore,
  },
  intended: {
    startRequested: ignore,
    stopRequested: stopAtOnce,
    restartRequested: ignore,
    cancelRequested: stopAtOnce,
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: afterSpawned,
    spawnFailed: afterSpawnFailed,
    programFound: impossible,
    ready: impossible,
    readyElapsed: impossible,
    violated: impossible,
    timedOut: impossible,
    exited: impossible,
    gone: impossible,
    graceElapsed: impossible,
    killElapsed: impossible,
    delayElapsed: impossible,
    steady: impossible,
    checkpointed: impossible,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  starting: {
    startRequested: ignore,
    stopRequested: (tracked, event, ctx) => beginStop(alive(tracked), event, ctx),
    restartRequested: (tracked, event, ctx) => beginRestart(alive(tracked), event, ctx),
    cancelRequested: (tracked, event, ctx) => beginStop(alive(tracked), event, ctx),
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: noteProgram,
    ready: afterReady,
    readyElapsed: afterReadyTimeout,
    violated: afterViolation,
    timedOut: afterTimeout,
    exited: afterExit,
    gone: impossible,
    graceElapsed: impossible,
    killElapsed: impossible,
    delayElapsed: impossible,
    steady: impossible,
    checkpointed: ignore,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  running: {
    startRequested: ignore,
    stopRequested: beginStop,
    restartRequested: beginRestart,
    cancelRequested: beginStop,
    pauseRequested: pause,
    resumeRequested: goOn,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: noteProgram,
    ready: ignore,
    readyElapsed: ignore,
    violated: afterViolation,
    timedOut: afterTimeout,
    exited: afterExit,
    gone: impossible,
    graceElapsed: impossible,
    killElapsed: impossible,
    delayElapsed: impossible,
    steady: becomeSteady,
    checkpointed: pauseAtCheckpoint,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  paused: {
    startRequested: ignore,
    stopRequested: beginStop,
    restartRequested: beginRestart,
    cancelRequested: beginStop,
    pauseRequested: ignore,
    resumeRequested: resumeNow,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: noteProgram,
    ready: ignore,
    readyElapsed: ignore,
    violated: ignore,
    timedOut: ignore,
    exited: afterExit,
    gone: impossible,
    graceElapsed: impossible,
    killElapsed: impossible,
    delayElapsed: impossible,
    steady: ignore,
    checkpointed: ignore,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  completing: {
    startRequested: startAfterwards,
    stopRequested: stopAfterwards,
    restartRequested: startAfterwards,
    cancelRequested: stopAfterwards,
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: noteProgram,
    ready: ignore,
    readyElapsed: ignore,
    violated: ignore,
    timedOut: ignore,
    exited: noteExit,
    gone: settleGone,
    graceElapsed: escalate,
    killElapsed: admitUnkillable,
    delayElapsed: impossible,
    steady: ignore,
    checkpointed: ignore,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  retrying: {
    startRequested: startAfresh,
    stopRequested: stopAtOnce,
    restartRequested: startAfresh,
    cancelRequested: stopAtOnce,
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: ignore,
    ready: ignore,
    readyElapsed: ignore,
    violated: ignore,
    timedOut: ignore,
    exited: impossible,
    gone: ignore,
    graceElapsed: ignore,
    killElapsed: ignore,
    delayElapsed: nextAttempt,
    steady: ignore,
    checkpointed: ignore,
    externalBegan: impossible,
    externalEnded: impossible,
    leaseElapsed: impossible,
  },
  ended: {
    startRequested: startAfresh,
    stopRequested: stayDown,
    restartRequested: startAfresh,
    cancelRequested: stayDown,
    pauseRequested: ignore,
    resumeRequested: ignore,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: afterReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: ignore,
    ready: ignore,
    readyElapsed: ignore,
    violated: ignore,
    timedOut: ignore,
    exited: impossible,
    gone: ignore,
    graceElapsed: ignore,
    killElapsed: ignore,
    delayElapsed: ignore,
    steady: ignore,
    checkpointed: ignore,
    externalBegan: beginExternal,
    externalEnded: ignore,
    leaseElapsed: ignore,
  },
  external: {
    startRequested: ignore,
    stopRequested: askToEnd,
    restartRequested: ignore,
    cancelRequested: askToEnd,
    pauseRequested: askToPause,
    resumeRequested: resumeOutside,
    resetRequested: forgetFailures,
    admitted: ignore,
    rebooted: loseByReboot,
    spawned: impossible,
    spawnFailed: impossible,
    programFound: impossible,
    ready: ignore,
    readyElapsed: impossible,
    violated: impossible,
    timedOut: impossible,
    exited: impossible,
    gone: impossible,
    graceElapsed: impossible,
    killElapsed: impossible,
    delayElapsed: impossible,
    steady: impossible,
    checkpointed: pauseOutside,
    externalBegan: impossible,
    externalEnded: endOutside,
    leaseElapsed: loseLease,
  },
}

function alive(tracked: Tracked & { state: LiveState<'starting'> }): Tracked & { state: LiveState<'running'> } {
  // Row `starting` is chosen by rowOf() only when something is spawned.
  return tracked as never
}

export function rowOf(state: State): Row {
  if ('external' in state) return 'external'
  if (state.status === 'starting') return state.live === null ? 'intended' : 'starting'
  return isEnded(state.status as Status) ? 'ended' : (state.status as Row)
}

export function step(tracked: Tracked, event: Event, ctx: Context): Step {
  // The one door where the past is dropped: a timer, exit or probe of an earlier run never acts on a later one.
  if ('run' in event && event.run !== tracked.runNumber) return unchanged(tracked)
  const cell = table[rowOf(tracked.state)][event.kind] as (tracked: Tracked, event: Event, ctx: Context) => Step
  return cell(tracked, event, ctx)
}

/** A process that was defined but never started. */
export function newTracked(wallMs: number): Tracked {
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
