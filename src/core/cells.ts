/** The actions that the table of machine.ts names: each takes what is so and what happened, and says what follows. */
import assert from 'node:assert'
import type { EndedStatus, Wanted } from '../protocol/names.ts'
import type { Context, Effect, Event, EventOf, Step } from './events.ts'
import { afterEnding, type Ending, endingOfExit, restartRules } from './restart.ts'
import type { ExitFact, LiveRun, Next, ProcessError, RunRef, State, Tracked } from './state.ts'

/** After SIGKILL the kernel needs no longer than this, unless the process is stuck in it. */
export const KILL_WAIT_MS = 2000

type Live = { run: RunRef; live: LiveRun }
type WithLive = Tracked & { state: Extract<State, { live: LiveRun }> }

export const unchanged = (tracked: Tracked): Step => ({ next: tracked, effects: [] })

/** Nothing to do: the wish is fulfilled already, or the fact comes too late to matter. */
export const ignore = (tracked: Tracked): Step => unchanged(tracked)

/** This cannot happen; a programmer's error, said loudly. */
export function impossible(tracked: Tracked, event: Event): Step {
  assert.fail(`${event.kind} while ${tracked.state.status}`)
}

function enter(tracked: Tracked, state: State, reason: string | null, ctx: Context): Tracked {
  return { ...tracked, state, reason, sinceMs: ctx.wallMs }
}

const wanting = (tracked: Tracked, wanted: Wanted): Tracked => (tracked.wanted === wanted ? tracked : { ...tracked, wanted })

/** A person asked: whatever failed before does not count any more. */
const fresh = (tracked: Tracked): Tracked => ({
  ...tracked,
  wanted: 'up',
  failures: [],
  backoffStep: 0,
  crashLoop: false,
  restarts: 0,
  attempts: 0,
  error: null,
})

// ---- beginning a run

function begin(tracked: Tracked, reason: string | null, durable: boolean, ctx: Context): Step {
  const run: RunRef = { number: tracked.runNumber + 1, id: ctx.newRunId }
  const next = enter({ ...tracked, runNumber: run.number }, { status: 'starting', run, live: null }, reason, ctx)
  return { next, effects: [{ do: 'clearWakes' }, { do: 'spawn', run, durable }] }
}

export function startAfresh(tracked: Tracked, _event: Event, ctx: Context): Step {
  const next = fresh(tracked)
  if (!ctx.slotFree)
    return {
      next: enter(next, { status: 'pending', why: 'queue' }, 'waiting for a free slot', ctx),
      effects: [{ do: 'clearWakes' }],
    }
  return begin(next, null, true, ctx)
}

export const admit = (tracked: Tracked, _event: Event, ctx: Context): Step => begin(tracked, null, true, ctx)

export function nextAttempt(tracked: Tracked, _event: Event, ctx: Context): Step {
  return begin({ ...tracked, restarts: tracked.restarts + 1 }, tracked.reason, false, ctx)
}

export function afterSpawned(
  tracked: Tracked & { state: Extract<State, { status: 'starting' }> },
  event: EventOf<'spawned'>,
  ctx: Context,
): Step {
  const { run } = tracked.state
  const effects: Effect[] = []
  if (ctx.policy.timeoutMs !== null)
    effects.push({ do: 'wake', key: 'timeout', afterMs: ctx.policy.timeoutMs, event: { kind: 'timedOut', run: run.number } })
  if (!ctx.policy.readiness) {
    const step = becomeRunning({ ...tracked, state: { ...tracked.state, live: event.live } }, ctx)
    return { next: step.next, effects: [...effects, ...step.effects] }
  }
  const next = { ...tracked, state: { ...tracked.state, live: event.live } }
  return { next, effects: [...effects, readyWake(run, ctx.policy.readyTimeoutMs, ctx)] }
}

const readyWake = (run: RunRef, afterMs: number, ctx: Context): Effect => ({
  do: 'wake',
  key: 'ready',
  afterMs,
  event: {
    kind: 'violated',
    run: run.number,
    reason: `not ready within ${ctx.policy.readyTimeoutMs / 1000} s`,
    error: { code: 'NOT_READY', message: `not ready within ${ctx.policy.readyTimeoutMs / 1000} s` },
  },
})

function becomeRunning(tracked: Tracked & { state: Extract<State, { status: 'starting' }> }, ctx: Context): Step {
  const { run, live } = tracked.state
  assert(live !== null, 'running without a live run')
  return {
    next: enter(tracked, { status: 'running', run, live, pausing: false }, null, ctx),
    effects: [{ do: 'wake', key: 'steady', afterMs: restartRules.steadyMs, event: { kind: 'steady', run: run.number } }],
  }
}

export function afterReady(
  tracked: Tracked & { state: Extract<State, { status: 'starting' }> },
  event: EventOf<'ready'>,
  ctx: Context,
): Step {
  // Asked before anything was spawned: a notify of an earlier run cannot come here, its number differs.
  if (tracked.state.live === null) return impossible(tracked, event)
  return becomeRunning(tracked, ctx)
}

export function afterSpawnFailed(tracked: Tracked, event: EventOf<'spawnFailed'>, ctx: Context): Step {
  return end(tracked, 'failed', event.error.message, event.error, null, ctx)
}

// ---- ending

function end(
  tracked: Tracked,
  status: EndedStatus,
  reason: string | null,
  error: ProcessError | null,
  exit: ExitFact | null,
  ctx: Context,
): Step {
  return { next: { ...enter(tracked, { status, exit }, reason, ctx), error }, effects: [{ do: 'clearWakes' }] }
}

/** What a stop means: a service is stopped, a job cancelled. */
const stopped = (ctx: Context): Next => ({
  go: 'end',
  status: ctx.policy.kind === 'service' ? 'stopped' : 'cancelled',
  reason: null,
  error: null,
})

export function stopAtOnce(tracked: Tracked, _event: Event, ctx: Context): Step {
  const next = stopped(ctx)
  assert(next.go === 'end')
  return end(wanting(tracked, 'down'), next.status, null, null, null, ctx)
}

function complete(
  tracked: Tracked,
  { run, live }: Live,
  then: Next,
  reason: string,
  graceMs: number,
  exit: ExitFact | null,
  ctx: Context,
): Step {
  return {
    next: enter(tracked, { status: 'completing', run, live, phase: 'term', then, exit }, reason, ctx),
    effects: [
      { do: 'clearWakes' },
      { do: 'endTree', run, force: false },
      { do: 'wake', key: 'grace', afterMs: graceMs, event: { kind: 'graceElapsed', run: run.number } },
    ],
  }
}

export function beginStop(tracked: WithLive, event: EventOf<'stopRequested'> | EventOf<'cancelRequested'>, ctx: Context): Step {
  const graceMs = 'timeoutMs' in event && event.timeoutMs !== null ? event.timeoutMs : ctx.policy.stopTimeoutMs
  return complete(wanting(tracked, 'down'), tracked.state, stopped(ctx), 'stopping', graceMs, null, ctx)
}

export function beginRestart(tracked: WithLive, _event: Event, ctx: Context): Step {
  return complete(
    fresh(tracked),
    tracked.state,
    { go: 'run', reason: 'restart requested' },
    'restarting',
    ctx.policy.stopTimeoutMs,
    null,
    ctx,
  )
}

/** A stop, start or restart while the run is already being ended only changes what comes after it: never two live runs. */
export function stopAfterwards(
  tracked: Tracked & { state: Extract<State, { status: 'completing' }> },
  event: EventOf<'stopRequested'> | EventOf<'cancelRequested'>,
  ctx: Context,
): Step {
  const next = { ...wanting(tracked, 'down'), reason: 'stopping', state: { ...tracked.state, then: stopped(ctx) } }
  const { phase, run } = tracked.state
  // A stop with its own, perhaps shorter, patience counts from now.
  const sooner = 'timeoutMs' in event && event.timeoutMs !== null && phase === 'term'
  return {
    next,
    effects: sooner
      ? [{ do: 'wake', key: 'grace', afterMs: event.timeoutMs ?? 0, event: { kind: 'graceElapsed', run: run.number } }]
      : [],
  }
}

export function startAfterwards(
  tracked: Tracked & { state: Extract<State, { status: 'completing' }> },
  _event: Event,
  _ctx: Context,
): Step {
  return {
    next: {
      ...fresh(tracked),
      reason: 'restarting',
      state: { ...tracked.state, then: { go: 'run', reason: 'start requested' } },
    },
    effects: [],
  }
}

export function escalate(
  tracked: Tracked & { state: Extract<State, { status: 'completing' }> },
  event: Event,
  _ctx: Context,
): Step {
  const { run, phase } = tracked.state
  if (phase !== 'term') return ignore(tracked)
  assert('run' in event)
  return {
    next: { ...tracked, state: { ...tracked.state, phase: 'kill' } },
    effects: [
      { do: 'endTree', run, force: true },
      { do: 'wake', key: 'kill', afterMs: KILL_WAIT_MS, event: { kind: 'killElapsed', run: run.number } },
    ],
  }
}

/** Neither SIGTERM nor SIGKILL ended it: it stays completing, and says so, until it really is gone. */
export function admitUnkillable(
  tracked: Tracked & { state: Extract<State, { status: 'completing' }> },
  _event: Event,
  ctx: Context,
): Step {
  if (tracked.state.phase !== 'kill') return ignore(tracked)
  return { next: enter(tracked, { ...tracked.state, phase: 'unkillable' }, 'unkillable', ctx), effects: [] }
}

export function noteExit(tracked: Tracked & { state: Extract<State, { status: 'completing' }> }, event: EventOf<'exited'>): Step {
  return { next: { ...tracked, state: { ...tracked.state, exit: event.exit } }, effects: [] }
}

export function settleGone(
  tracked: Tracked & { state: Extract<State, { status: 'completing' }> },
  _event: Event,
  ctx: Context,
): Step {
  return settle(tracked, tracked.state.then, tracked.state.exit, ctx)
}

function settle(tracked: Tracked, then: Next, exit: ExitFact | null, ctx: Context): Step {
  switch (then.go) {
    case 'end':
      return end(tracked, then.status, then.reason, then.error, exit, ctx)
    case 'run':
      return begin(tracked, then.reason, tracked.restarts === 0 && tracked.failures.length === 0, ctx)
    case 'retry': {
      const state: State = { status: 'retrying', dueMono: ctx.monoMs + then.delayMs, delayMs: then.delayMs, exit }
      const wake: Effect = {
        do: 'wake',
        key: 'delay',
        afterMs: then.delayMs,
        event: { kind: 'delayElapsed', run: tracked.runNumber },
      }
      return { next: enter(tracked, state, then.reason, ctx), effects: [{ do: 'clearWakes' }, wake] }
    }
  }
}

const uptime = ({ live }: Live, ctx: Context): number => Math.max(0, ctx.monoMs - live.startedMono)

function judge(tracked: Tracked, ending: Ending, ctx: Context): { judged: Tracked; next: Next } {
  const { next, counters } = afterEnding(tracked, ctx.policy, ending, ctx.monoMs, ctx.jitter)
  const restarts = next.go === 'run' ? counters.restarts + 1 : counters.restarts
  return { judged: { ...tracked, ...counters, restarts, error: ending.error }, next }
}

export function afterExit(tracked: Tracked, event: EventOf<'exited'>, ctx: Context): Step {
  const { state } = tracked
  if (!('live' in state) || state.live === null) return impossible(tracked, event)
  const at: Live = { run: state.run, live: state.live }
  if (event.background) {
    const reason = 'went to the background; run it in the foreground'
    return end(tracked, 'failed', reason, { code: 'WENT_TO_BACKGROUND', message: reason }, event.exit, ctx)
  }
  const { judged, next } = judge(tracked, endingOfExit(event.exit, ctx.policy, uptime(at, ctx)), ctx)
  // After an outage leftovers are evidence for a person, not ours to end unasked.
  if (ctx.policy.leftovers === 'keep' || event.outage) return settle(judged, next, event.exit, ctx)
  // At once only when nothing is known to be left; a /proc pass right after catches the rest.
  if (next.go === 'run' && !event.leftovers) {
    const step = settle(judged, next, event.exit, ctx)
    return { next: step.next, effects: [...step.effects, { do: 'sweep', run: at.run }] }
  }
  const reason = next.reason ?? 'ended'
  return complete(
    judged,
    at,
    next,
    event.leftovers ? `${reason}; ending what it left behind` : reason,
    ctx.policy.stopTimeoutMs,
    event.exit,
    ctx,
  )
}

export function afterViolation(tracked: Tracked, event: EventOf<'violated'>, ctx: Context): Step {
  const { state } = tracked
  if (!('live' in state) || state.live === null) return impossible(tracked, event)
  const at: Live = { run: state.run, live: state.live }
  const ending: Ending = {
    accepted: false,
    refusesRestart: false,
    timeout: false,
    unknown: false,
    reason: event.reason,
    error: event.error,
    uptimeMs: uptime(at, ctx),
  }
  const { judged, next } = judge(tracked, ending, ctx)
  return complete(judged, at, next, event.reason, ctx.policy.stopTimeoutMs, null, ctx)
}

export function afterTimeout(tracked: Tracked, event: EventOf<'timedOut'>, ctx: Context): Step {
  const { state } = tracked
  if (!('live' in state) || state.live === null) return impossible(tracked, event)
  const at: Live = { run: state.run, live: state.live }
  const reason = `ran longer than its timeout of ${(ctx.policy.timeoutMs ?? 0) / 1000} s`
  const ending: Ending = {
    accepted: false,
    refusesRestart: false,
    timeout: true,
    unknown: false,
    reason,
    error: { code: 'TIMEOUT', message: reason },
    uptimeMs: uptime(at, ctx),
  }
  const { judged, next } = judge(tracked, ending, ctx)
  return complete(judged, at, next, reason, ctx.policy.stopTimeoutMs, null, ctx)
}

// ---- pausing

export function pauseNow(tracked: Tracked & { state: Extract<State, { status: 'running' }> }, _event: Event, ctx: Context): Step {
  const { run, live } = tracked.state
  return {
    next: enter(tracked, { status: 'paused', run, live, sinceMono: ctx.monoMs }, null, ctx),
    effects: [{ do: 'clearWakes' }, { do: 'freeze', run }],
  }
}

export function resumeNow(tracked: Tracked & { state: Extract<State, { status: 'paused' }> }, _event: Event, ctx: Context): Step {
  const { run, live, sinceMono } = tracked.state
  const resumed: LiveRun = { ...live, pausedMs: live.pausedMs + (ctx.monoMs - sinceMono) }
  const next = enter(tracked, { status: 'running', run, live: resumed, pausing: false }, null, ctx)
  return { next, effects: [{ do: 'thaw', run }, ...rearm(next, ctx)] }
}

// ---- the rest

export function forgetFailures(tracked: Tracked): Step {
  return { next: { ...tracked, failures: [], backoffStep: 0, crashLoop: false, restarts: 0 }, effects: [] }
}

export const becomeSteady = (tracked: Tracked): Step => ({ next: { ...tracked, backoffStep: 0, crashLoop: false }, effects: [] })

/** The wish to be down is kept even if nothing runs, so that a reboot does not bring it back. */
export const stayDown = (tracked: Tracked): Step => unchanged(wanting(tracked, 'down'))

/** Nothing survived the reboot: wanted services start again, jobs are interrupted. */
export function afterReboot(tracked: Tracked, _event: Event, ctx: Context): Step {
  const { state } = tracked
  const reason = 'the machine was rebooted'
  if (state.status === 'completing' && state.then.go === 'end') return settle(tracked, state.then, state.exit, ctx)
  if (ctx.policy.kind === 'service') {
    if (tracked.wanted === 'up') return begin({ ...fresh(tracked), runNumber: tracked.runNumber }, reason, true, ctx)
    return 'live' in state ? end(tracked, 'stopped', reason, null, null, ctx) : unchanged(tracked)
  }
  // The old deadline was counted on a clock that began anew.
  if (state.status === 'retrying')
    return settle(tracked, { go: 'retry', delayMs: 0, reason: tracked.reason ?? reason }, state.exit, ctx)
  if (!('live' in state)) return unchanged(tracked)
  const ending: Ending = {
    accepted: false,
    refusesRestart: false,
    timeout: false,
    unknown: true,
    reason,
    error: { code: 'INTERRUPTED', message: reason },
    uptimeMs: 0,
  }
  const { judged, next } = judge(tracked, ending, ctx)
  return settle(judged, next, null, ctx)
}

/** The timers that a state needs, counted from its own times: armed again by the next daemon, and after a pause. */
export function rearm(tracked: Tracked, ctx: Context): Effect[] {
  const { state } = tracked
  const effects: Effect[] = []
  if (state.status === 'retrying')
    return [
      {
        do: 'wake',
        key: 'delay',
        afterMs: Math.max(0, state.dueMono - ctx.monoMs),
        event: { kind: 'delayElapsed', run: tracked.runNumber },
      },
    ]
  if (!('live' in state) || state.live === null || state.status === 'paused') return effects
  const { run, live } = state
  if (state.status === 'completing') {
    const afterMs = state.phase === 'term' ? ctx.policy.stopTimeoutMs : KILL_WAIT_MS
    const key = state.phase === 'term' ? 'grace' : 'kill'
    effects.push({ do: 'endTree', run, force: state.phase !== 'term' })
    effects.push({ do: 'wake', key, afterMs, event: { kind: key === 'grace' ? 'graceElapsed' : 'killElapsed', run: run.number } })
    return effects
  }
  const ranMs = ctx.monoMs - live.startedMono - live.pausedMs
  if (ctx.policy.timeoutMs !== null)
    effects.push({
      do: 'wake',
      key: 'timeout',
      afterMs: Math.max(0, ctx.policy.timeoutMs - ranMs),
      event: { kind: 'timedOut', run: run.number },
    })
  if (state.status === 'starting' && ctx.policy.readiness)
    effects.push(readyWake(run, Math.max(0, ctx.policy.readyTimeoutMs - ranMs), ctx))
  if (state.status === 'running')
    effects.push({ do: 'wake', key: 'steady', afterMs: restartRules.steadyMs, event: { kind: 'steady', run: run.number } })
  return effects
}
