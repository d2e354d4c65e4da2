/** Cells of processes that were started elsewhere: their owner tells what is so, and is asked, never signalled. */
import type { EndedStatus } from '../../protocol/names.ts'
import type { Context, Event, EventOf, Step } from '../events.ts'
import type { External, ExternalState, Tracked } from '../state.ts'
import { end, enter, fresh, unchanged, wanting } from './moves.ts'

type Outside = Tracked & { state: ExternalState }

/** A new run; what was told of an earlier one does not count any more. */
export function beginExternal(tracked: Tracked, { pid, leaseMs }: EventOf<'externalBegan'>, ctx: Context): Step {
  const run = { number: tracked.runNumber + 1, id: ctx.newRunId(), attempt: 1 }
  const external: External = {
    run,
    pid,
    leaseMs,
    startedAtMs: ctx.wallMs,
    startedMono: ctx.monoMs,
    pausedMs: 0,
    asked: null,
  }
  return {
    next: enter({ ...fresh(tracked), runNumber: run.number }, { status: 'running', external }, null, ctx),
    effects: [],
  }
}

export function askToPause(tracked: Outside, _event: Event, ctx: Context): Step {
  const { state } = tracked
  if (state.status !== 'running' || state.external.asked !== null) return unchanged(tracked)
  return {
    next: enter(tracked, { status: 'running', external: { ...state.external, asked: 'pause' } }, 'pausing', ctx),
    effects: [],
  }
}

/** It asks whether it may go on: the moment in which a pause that was asked for is reached. */
export function pauseOutside(tracked: Outside, _event: Event, ctx: Context): Step {
  const { state } = tracked
  if (state.status !== 'running' || state.external.asked !== 'pause') return unchanged(tracked)
  const external: External = { ...state.external, asked: null }
  return { next: enter(tracked, { status: 'paused', external, sinceMono: ctx.monoMs }, null, ctx), effects: [] }
}

export function resumeOutside(tracked: Outside, _event: Event, ctx: Context): Step {
  const { state } = tracked
  if (state.status === 'paused') {
    const pausedMs = state.external.pausedMs + (ctx.monoMs - state.sinceMono)
    return { next: enter(tracked, { status: 'running', external: { ...state.external, pausedMs } }, null, ctx), effects: [] }
  }
  if (state.external.asked !== 'pause') return unchanged(tracked)
  return { next: enter(tracked, { status: 'running', external: { ...state.external, asked: null } }, null, ctx), effects: [] }
}

export function askToEnd(tracked: Outside, _event: Event, ctx: Context): Step {
  const { state } = tracked
  if (state.status === 'completing') return unchanged(tracked)
  const external: External = { ...state.external, asked: 'cancel' }
  return { next: enter(wanting(tracked, 'down'), { status: 'completing', external }, 'cancelling', ctx), effects: [] }
}

export function endOutside(tracked: Outside, { outcome, error }: EventOf<'externalEnded'>, ctx: Context): Step {
  const message = error ?? 'its program reported a failure'
  if (outcome === 'failed') return end(tracked, 'failed', message, { code: 'FAILED', message }, null, ctx)
  return end(tracked, outcome, error, null, null, ctx)
}

/** Nobody knows what became of it, unless it had been told to end. */
function lose(tracked: Outside, reason: string, ctx: Context): Step {
  const status: EndedStatus = tracked.state.status === 'completing' ? 'cancelled' : 'interrupted'
  return end(tracked, status, reason, status === 'cancelled' ? null : { code: 'INTERRUPTED', message: reason }, null, ctx)
}

export const loseLease = (tracked: Outside, _event: Event, ctx: Context): Step =>
  lose(tracked, `no sign of life for ${tracked.state.external.leaseMs / 1000} s`, ctx)

export const loseByReboot = (tracked: Outside, _event: Event, ctx: Context): Step =>
  lose(tracked, 'the machine was rebooted', ctx)
