/** Cells in which a run begins. */
import assert from 'node:assert'
import type { Context, Effect, Event, EventOf, Step } from '../events.ts'
import { restartRules } from '../restart.ts'
import type { Lifecycle, RunRef, State } from '../state.ts'
import { begin, command, complete, end, enter, fresh, type In, impossible, unchanged, wait } from './moves.ts'

type Pending = Extract<State, { status: 'pending' }>

export function startAfresh(
  lifecycle: Lifecycle,
  event: EventOf<'startRequested'> | EventOf<'restartRequested'>,
  ctx: Context,
): Step {
  // Started elsewhere: only its own program can begin a run.
  if (ctx.policy.kind === 'external') return unchanged(lifecycle)
  const next = fresh(lifecycle)
  return ctx.wait !== null ? wait(next, ctx.wait, ctx) : begin(next, event.reason ?? null, true, ctx)
}

/** What waits for its time may be started by hand earlier; what waits for a slot or another process keeps its place. */
export function startNow(
  lifecycle: Lifecycle & { state: Pending },
  event: EventOf<'startRequested'> | EventOf<'restartRequested'>,
  ctx: Context,
): Step {
  return lifecycle.state.why === 'time' ? startAfresh(lifecycle, event, ctx) : unchanged(lifecycle)
}

/** If its record is on disk already, the run need not wait for another write: marker and recorder identify it. */
export function admit(lifecycle: Lifecycle & { state: Pending }, _event: Event, ctx: Context): Step {
  if (ctx.policy.kind === 'external') return unchanged(lifecycle)
  return ctx.wait !== null ? wait(lifecycle, ctx.wait, ctx) : begin(lifecycle, null, !ctx.saved, ctx)
}

/** A job gave its slot back while it waited, and may have to queue again. */
export function nextAttempt(lifecycle: Lifecycle, _event: Event, ctx: Context): Step {
  const next = { ...lifecycle, restarts: lifecycle.restarts + 1 }
  return ctx.wait !== null ? wait(next, ctx.wait, ctx) : begin(next, lifecycle.reason, false, ctx)
}

export function afterSpawned(lifecycle: In<'starting'>, event: EventOf<'spawned'>, ctx: Context): Step {
  const { run } = lifecycle.state
  const effects: Effect[] = []
  if (ctx.policy.timeoutMs !== null)
    effects.push({ do: 'wake', key: 'timeout', afterMs: ctx.policy.timeoutMs, event: { kind: 'timedOut', run: run.number } })
  const next: In<'starting'> = { ...lifecycle, state: { status: 'starting', run, live: event.live } }
  if (!ctx.policy.readiness) {
    const step = becomeReady(next, ctx)
    return { next: step.next, effects: [...effects, ...step.effects] }
  }
  return { next, effects: [...effects, readyWake(run, ctx.policy.readyTimeoutMs)] }
}

export const readyWake = (run: RunRef, afterMs: number): Effect => ({
  do: 'wake',
  key: 'ready',
  afterMs,
  event: { kind: 'readyElapsed', run: run.number },
})

/** It counts as running, for what waits for it too, when its post-start has succeeded. */
function becomeReady(lifecycle: In<'starting'>, ctx: Context): Step {
  if (!ctx.policy.commands.includes('post-start')) return serve(lifecycle, ctx)
  const { run } = lifecycle.state
  const state: State = { ...lifecycle.state, command: { name: 'post-start', live: null } }
  return { next: enter(lifecycle, state, 'post-start', ctx), effects: [command('post-start', run)] }
}

export function serve(lifecycle: In<'starting'>, ctx: Context): Step {
  const { run, live } = lifecycle.state
  assert(live !== null, 'running without a live run')
  return {
    next: enter(lifecycle, { status: 'running', run, live, pausing: false }, null, ctx),
    effects: [{ do: 'wake', key: 'steady', afterMs: restartRules.steadyMs, event: { kind: 'steady', run: run.number } }],
  }
}

/** What ran until now is no longer this process's run: nothing of it is ended here. */
export function takeOver(lifecycle: Lifecycle, { by }: EventOf<'tookOver'>, ctx: Context): Step {
  const next = { ...fresh(lifecycle), runNumber: by.run.number }
  const { next: running, effects } = serve({ ...next, state: { status: 'starting', ...by } }, ctx)
  return { next: running, effects: [{ do: 'clearWakes' }, ...effects] }
}

export function afterReady(lifecycle: In<'starting'>, event: EventOf<'ready'>, ctx: Context): Step {
  // Nothing was spawned yet, so this cannot be a notify of an earlier run: its number differs.
  if (lifecycle.state.live === null) return impossible(lifecycle, event)
  return lifecycle.state.command === undefined ? becomeReady(lifecycle, ctx) : unchanged(lifecycle)
}

export function noteProgram(lifecycle: Lifecycle, event: EventOf<'programFound'>): Step {
  const { state } = lifecycle
  if (!('live' in state) || state.live === null) return impossible(lifecycle, event)
  const live = { ...state.live, program: event.program }
  return { next: { ...lifecycle, state: { ...state, live } as State }, effects: [] }
}

export function afterSpawnFailed(lifecycle: In<'starting'>, event: EventOf<'spawnFailed'>, ctx: Context): Step {
  const { run, command } = lifecycle.state
  const { error } = event
  // What its pre-start has done is for its post-stop to undo.
  if (command !== undefined && command.live !== null)
    return complete(
      { ...lifecycle, error },
      { run, live: command.live },
      { go: 'end', status: 'failed', reason: error.message, error },
      error.message,
      0,
      null,
      ctx,
    )
  return end(lifecycle, 'failed', event.error.message, event.error, null, ctx)
}
