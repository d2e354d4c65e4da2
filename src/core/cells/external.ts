/** Cells of externally started processes: their owner reports their state, and is asked, never signalled. */
import type { EndedStatus } from '../../protocol/names.ts'
import type { Context, Event, EventOf, Step } from '../events.ts'
import type { External, ExternalState, Lifecycle } from '../state.ts'
import { end, enter, fresh, unchanged, wanting } from './moves.ts'

type Outside = Lifecycle & { state: ExternalState }

/** A new run; reports about an earlier one no longer count. */
export function beginExternal(lifecycle: Lifecycle, { pid, leaseMs }: EventOf<'externalBegan'>, ctx: Context): Step {
  const run = { number: lifecycle.runNumber + 1, id: ctx.newRunId(), attempt: 1 }
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
    next: enter({ ...fresh(lifecycle), runNumber: run.number }, { status: 'running', external }, null, ctx),
    effects: [],
  }
}

export function askToPause(lifecycle: Outside, _event: Event, ctx: Context): Step {
  const { state } = lifecycle
  if (state.status !== 'running' || state.external.asked !== null) return unchanged(lifecycle)
  return {
    next: enter(lifecycle, { status: 'running', external: { ...state.external, asked: 'pause' } }, 'pausing', ctx),
    effects: [],
  }
}

/** The program is at a checkpoint: a requested pause takes effect here. */
export function pauseOutside(lifecycle: Outside, _event: Event, ctx: Context): Step {
  const { state } = lifecycle
  if (state.status !== 'running' || state.external.asked !== 'pause') return unchanged(lifecycle)
  const external: External = { ...state.external, asked: null }
  return { next: enter(lifecycle, { status: 'paused', external, sinceMono: ctx.monoMs }, null, ctx), effects: [] }
}

export function resumeOutside(lifecycle: Outside, _event: Event, ctx: Context): Step {
  const { state } = lifecycle
  if (state.status === 'paused') {
    const pausedMs = state.external.pausedMs + (ctx.monoMs - state.sinceMono)
    return { next: enter(lifecycle, { status: 'running', external: { ...state.external, pausedMs } }, null, ctx), effects: [] }
  }
  if (state.external.asked !== 'pause') return unchanged(lifecycle)
  return { next: enter(lifecycle, { status: 'running', external: { ...state.external, asked: null } }, null, ctx), effects: [] }
}

export function askToEnd(lifecycle: Outside, _event: Event, ctx: Context): Step {
  const { state } = lifecycle
  if (state.status === 'completing') return unchanged(lifecycle)
  const external: External = { ...state.external, asked: 'cancel' }
  return { next: enter(wanting(lifecycle, 'down'), { status: 'completing', external }, 'cancelling', ctx), effects: [] }
}

export function endOutside(lifecycle: Outside, { outcome, error }: EventOf<'externalEnded'>, ctx: Context): Step {
  const message = error ?? 'its program reported a failure'
  if (outcome === 'failed') return end(lifecycle, 'failed', message, { code: 'FAILED', message }, null, ctx)
  return end(lifecycle, outcome, error, null, null, ctx)
}

/** Its outcome is unknown, unless it had been asked to end. */
function lose(lifecycle: Outside, reason: string, ctx: Context): Step {
  const status: EndedStatus = lifecycle.state.status === 'completing' ? 'cancelled' : 'interrupted'
  return end(lifecycle, status, reason, status === 'cancelled' ? null : { code: 'INTERRUPTED', message: reason }, null, ctx)
}

export const loseLease = (lifecycle: Outside, _event: Event, ctx: Context): Step =>
  lose(lifecycle, `no sign of life for ${lifecycle.state.external.leaseMs / 1000} s`, ctx)

export const loseByReboot = (lifecycle: Outside, _event: Event, ctx: Context): Step =>
  lose(lifecycle, 'the machine was rebooted', ctx)
