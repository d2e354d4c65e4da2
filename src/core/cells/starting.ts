/** Cells in which a run begins. */
import assert from 'node:assert'
import type { Context, Effect, Event, EventOf, Step } from '../events.ts'
import { restartRules } from '../restart.ts'
import type { RunRef, State, Tracked } from '../state.ts'
import { begin, end, enter, fresh, impossible } from './moves.ts'

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

export const readyWake = (run: RunRef, afterMs: number, ctx: Context): Effect => ({
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
