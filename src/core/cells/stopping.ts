/** Cells in which a run is asked to end and followed until it is gone. */
import assert from 'node:assert'
import type { Context, Event, EventOf, Step } from '../events.ts'
import type { Lifecycle, Next } from '../state.ts'
import {
  complete,
  end,
  enter,
  followUp,
  fresh,
  HALTED,
  type In,
  ignore,
  interrupted,
  KILL_WAIT_MS,
  stopped,
  type WithLive,
  wanting,
} from './moves.ts'

const NEEDED_SIGKILL = 'it did not end when it was asked to and needed SIGKILL'

type Stop = EventOf<'stopRequested'> | EventOf<'cancelRequested'>

const causeOf = (event: Stop) => ('cause' in event ? event.cause : undefined)
/** When the supervisor ends it for its own reasons, or only this run is cancelled, what a person wants has not changed. */
function wantedAfter({ state, wanted }: Lifecycle, event: Stop, ctx: Context): Lifecycle['wanted'] {
  const thisRunAlone = event.kind === 'cancelRequested' && ctx.policy.scheduled && 'run' in state
  const cause = causeOf(event)
  return (cause === undefined || cause === 'unstarted') && !thisRunAlone ? 'down' : wanted
}

function endOf(event: Stop, ctx: Context): Extract<Next, { go: 'end' }> {
  const cause = causeOf(event)
  if (cause === 'halt') return { ...stopped(ctx), reason: HALTED }
  if (cause === 'unstarted') return { ...stopped(ctx), status: 'stopped' }
  return cause === 'shutdown' && ctx.policy.kind === 'job' ? interrupted : stopped(ctx)
}

export function stopAtOnce(lifecycle: Lifecycle, event: Stop, ctx: Context): Step {
  const { status, reason } = endOf(event, ctx)
  const why = causeOf(event) === 'halt' ? reason : null
  return end(wanting(lifecycle, wantedAfter(lifecycle, event, ctx)), status, why, null, null, ctx)
}

export function beginStop(lifecycle: WithLive, event: Stop, ctx: Context): Step {
  const graceMs = 'timeoutMs' in event && event.timeoutMs !== null ? event.timeoutMs : ctx.policy.stopTimeoutMs
  const next = wanting(lifecycle, wantedAfter(lifecycle, event, ctx))
  const signal = 'signal' in event ? event.signal : undefined
  return complete(next, lifecycle.state, endOf(event, ctx), 'stopping', graceMs, null, ctx, { durable: true, signal })
}

export function beginRestart(lifecycle: WithLive, event: EventOf<'restartRequested'>, ctx: Context): Step {
  return complete(
    fresh(lifecycle),
    lifecycle.state,
    { go: 'run', reason: event.reason ?? 'restart requested', asked: true },
    event.reason === undefined ? 'restarting' : `restarting: ${event.reason}`,
    ctx.policy.stopTimeoutMs,
    null,
    ctx,
    { durable: true },
  )
}

/** A stop, start or restart while the run is ending only changes what follows it: never two live runs. */
export function stopAfterwards(lifecycle: In<'completing'>, event: Stop, ctx: Context): Step {
  const { phase, run } = lifecycle.state
  const next = {
    ...wanting(lifecycle, wantedAfter(lifecycle, event, ctx)),
    reason: reasonMeanwhile(lifecycle, 'stopping'),
    state: { ...lifecycle.state, afterwards: endOf(event, ctx) },
  }
  // A stop with its own, perhaps shorter, timeout counts from now.
  const sooner = 'timeoutMs' in event && event.timeoutMs !== null && phase === 'term'
  return {
    next,
    effects: sooner
      ? [{ do: 'wake', key: 'grace', afterMs: event.timeoutMs ?? 0, event: { kind: 'graceElapsed', run: run.number } }]
      : [],
  }
}

const reasonMeanwhile = (lifecycle: In<'completing'>, wish: string): string | null =>
  lifecycle.state.phase === 'unkillable' ? lifecycle.reason : wish

export function startAfterwards(
  lifecycle: In<'completing'>,
  event: EventOf<'startRequested'> | EventOf<'restartRequested'>,
  _ctx: Context,
): Step {
  return {
    next: {
      ...fresh(lifecycle),
      reason: reasonMeanwhile(lifecycle, 'restarting'),
      state: { ...lifecycle.state, afterwards: { go: 'run', reason: event.reason ?? 'start requested', asked: true } },
    },
    effects: [],
  }
}

export function escalate(lifecycle: In<'completing'>, event: Event, _ctx: Context): Step {
  const { run, phase } = lifecycle.state
  if (phase !== 'term') return ignore(lifecycle)
  assert('run' in event)
  return {
    next: { ...lifecycle, state: { ...lifecycle.state, phase: 'kill' } },
    effects: [
      { do: 'endTree', run, force: true, durable: false },
      { do: 'wake', key: 'kill', afterMs: KILL_WAIT_MS, event: { kind: 'killElapsed', run: run.number } },
    ],
  }
}

/** Neither SIGTERM nor SIGKILL ended it: it stays completing, reason `unkillable`, until it is really gone. */
export function admitUnkillable(lifecycle: In<'completing'>, _event: Event, ctx: Context): Step {
  if (lifecycle.state.phase !== 'kill') return ignore(lifecycle)
  return { next: enter(lifecycle, { ...lifecycle.state, phase: 'unkillable' }, 'unkillable', ctx), effects: [] }
}

export function noteExit(lifecycle: In<'completing'>, event: EventOf<'exited'>): Step {
  return { next: { ...lifecycle, state: { ...lifecycle.state, exit: event.exit } }, effects: [] }
}

export function afterGone(lifecycle: In<'completing'>, _event: Event, ctx: Context): Step {
  const { afterwards, phase, exit } = lifecycle.state
  // SIGTERM was not enough: this is reported, since the program may have lost something.
  const forced = phase !== 'term' && afterwards.go === 'end' && afterwards.reason === null
  return followUp(lifecycle, forced ? { ...afterwards, reason: NEEDED_SIGKILL } : afterwards, exit, ctx)
}
