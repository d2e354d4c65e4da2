/** Cells in which a run begins. */
import assert from 'node:assert'
import type { Context, Effect, Event, EventOf, Step } from '../events.ts'
import { restartRules } from '../restart.ts'
import type { RunRef, State, Tracked } from '../state.ts'
import { begin, end, enter, fresh, type In, impossible, unchanged, wait } from './moves.ts'

type Pending = Extract<State, { status: 'pending' }>

export function startAfresh(
  tracked: Tracked,
  event: EventOf<'startRequested'> | EventOf<'restartRequested'>,
  ctx: Context,
): Step {
  // Started elsewhere: only its own program can begin a run.
  if (ctx.policy.kind === 'external') return unchanged(tracked)
  const next = fresh(tracked)
  return ctx.wait !== null ? wait(next, ctx.wait, ctx) : begin(next, event.reason ?? null, true, ctx)
}

/** What waits for its time may be started by hand before; whoever waits for a slot or another process keeps its place. */
export function startNow(
  tracked: Tracked & { state: Pending },
  event: EventOf<'startRequested'> | EventOf<'restartRequested'>,
  ctx: Context,
): Step {
  return tracked.state.why === 'time' ? startAfresh(tracked, event, ctx) : unchanged(tracked)
}

/** Once its record is on disk a run that nobody is waiting for need not wait for the disk again: marker and recorder tell of it. */
export function admit(tracked: Tracked & { state: Pending }, _event: Event, ctx: Context): Step {
  if (ctx.policy.kind === 'external') return unchanged(tracked)
  return ctx.wait !== null ? wait(tracked, ctx.wait, ctx) : begin(tracked, null, !ctx.saved, ctx)
}

/** A job has given its slot back while it waited, and may have to queue for another. */
export function nextAttempt(tracked: Tracked, _event: Event, ctx: Context): Step {
  const next = { ...tracked, restarts: tracked.restarts + 1 }
  return ctx.wait !== null ? wait(next, ctx.wait, ctx) : begin(next, tracked.reason, false, ctx)
}

export function afterSpawned(tracked: In<'starting'>, event: EventOf<'spawned'>, ctx: Context): Step {
  const { run } = tracked.state
  const effects: Effect[] = []
  if (ctx.policy.timeoutMs !== null)
    effects.push({ do: 'wake', key: 'timeout', afterMs: ctx.policy.timeoutMs, event: { kind: 'timedOut', run: run.number } })
  if (!ctx.policy.readiness) {
    const step = becomeRunning({ ...tracked, state: { ...tracked.state, live: event.live } }, ctx)
    return { next: step.next, effects: [...effects, ...step.effects] }
  }
  const next = { ...tracked, state: { ...tracked.state, live: event.live } }
  return { next, effects: [...effects, readyWake(run, ctx.policy.readyTimeoutMs)] }
}

export const readyWake = (run: RunRef, afterMs: number): Effect => ({
  do: 'wake',
  key: 'ready',
  afterMs,
  event: { kind: 'readyElapsed', run: run.number },
})

function becomeRunning(tracked: In<'starting'>, ctx: Context): Step {
  const { run, live } = tracked.state
  assert(live !== null, 'running without a live run')
  return {
    next: enter(tracked, { status: 'running', run, live, pausing: false }, null, ctx),
    effects: [{ do: 'wake', key: 'steady', afterMs: restartRules.steadyMs, event: { kind: 'steady', run: run.number } }],
  }
}

export function afterReady(tracked: In<'starting'>, event: EventOf<'ready'>, ctx: Context): Step {
  // Asked before anything was spawned: a notify of an earlier run cannot come here, its number differs.
  if (tracked.state.live === null) return impossible(tracked, event)
  return becomeRunning(tracked, ctx)
}

export function noteProgram(tracked: Tracked, event: EventOf<'programFound'>): Step {
  const { state } = tracked
  if (!('live' in state) || state.live === null) return impossible(tracked, event)
  const live = { ...state.live, program: event.program }
  return { next: { ...tracked, state: { ...state, live } as State }, effects: [] }
}

export function afterSpawnFailed(tracked: Tracked, event: EventOf<'spawnFailed'>, ctx: Context): Step {
  return end(tracked, 'failed', event.error.message, event.error, null, ctx)
}
