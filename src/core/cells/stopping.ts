/** Cells in which a run is asked to end and followed until it is gone. */
import assert from 'node:assert'
import type { Context, Effect, Event, EventOf, Step } from '../events.ts'
import type { Lifecycle, Next, StopRules } from '../state.ts'
import {
  complete,
  conclude,
  during,
  end,
  enter,
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

const whyOf = (event: Stop): string | null =>
  causeOf(event) === 'halt' ? HALTED : (('reason' in event ? event.reason : undefined) ?? null)

/** The first half of a restart is reported as one from its beginning, as it is no end. */
const meanwhile = (event: Stop): string => (causeOf(event) === 'restart' ? (whyOf(event) ?? 'restarting') : 'stopping')

function endOf(event: Stop, ctx: Context): Extract<Next, { go: 'end' }> {
  const cause = causeOf(event)
  const reason = whyOf(event)
  if (reason !== null) return { ...stopped(ctx), reason }
  if (cause === 'unstarted') return { ...stopped(ctx), status: 'stopped' }
  return cause === 'shutdown' && ctx.policy.kind === 'job' ? interrupted : stopped(ctx)
}

export function stopAtOnce(lifecycle: Lifecycle, event: Stop, ctx: Context): Step {
  const { status } = endOf(event, ctx)
  return end(wanting(lifecycle, wantedAfter(lifecycle, event, ctx)), status, whyOf(event), null, null, ctx)
}

export function beginStop(lifecycle: WithLive, event: Stop, ctx: Context): Step {
  const graceMs = 'timeoutMs' in event && event.timeoutMs !== null ? event.timeoutMs : ctx.policy.stopTimeoutMs
  const next = wanting(lifecycle, wantedAfter(lifecycle, event, ctx))
  const signal = 'signal' in event ? event.signal : undefined
  const commandMs = 'commandMs' in event ? event.commandMs : null
  return complete(next, lifecycle.state, endOf(event, ctx), meanwhile(event), graceMs, null, ctx, {
    durable: true,
    signal,
    commandMs,
  })
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
  const { rules } = lifecycle.state
  const timeoutMs = 'timeoutMs' in event ? event.timeoutMs : null
  const commandMs = 'commandMs' in event ? (event.commandMs ?? null) : null
  const limited: StopRules | null =
    commandMs === null ? null : { ...rules, graceMs: timeoutMs ?? ctx.policy.stopTimeoutMs, commandMs }
  const next = {
    ...wanting(lifecycle, wantedAfter(lifecycle, event, ctx)),
    reason: reasonMeanwhile(lifecycle, 'stopping'),
    state: { ...lifecycle.state, afterwards: endOf(event, ctx), ...(limited && { rules: limited }) },
  }
  return { next, effects: timeoutMs === null ? [] : sooner(lifecycle.state, timeoutMs, commandMs) }
}

/** A stop with its own, perhaps shorter, timeout counts from now. */
function sooner({ phase, run }: In<'completing'>['state'], timeoutMs: number, commandMs: number | null): Effect[] {
  const grace = (afterMs: number): Effect[] => [
    { do: 'wake', key: 'grace', afterMs, event: { kind: 'graceElapsed', run: run.number } },
  ]
  switch (phase) {
    case 'pre-stop': {
      if (commandMs === null) return grace(timeoutMs)
      const event = { kind: 'commandEnded', run: run.number, name: phase, failure: 'it was cut short' } as const
      return [{ do: 'wake', key: 'command', afterMs: commandMs, event }]
    }
    case 'term':
      return grace(timeoutMs)
    case 'post-stop':
      return grace(commandMs ?? timeoutMs)
    default:
      return []
  }
}

function reasonMeanwhile({ state, reason }: In<'completing'>, wish: string): string | null {
  if (state.phase === 'unkillable') return reason
  return state.phase === 'pre-stop' || state.phase === 'post-stop' ? during(wish, state.phase) : wish
}

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
  if (phase === 'post-stop') return { next: lifecycle, effects: [{ do: 'endCommand', run }] }
  if (phase !== 'term' && phase !== 'pre-stop') return ignore(lifecycle)
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
  const { run, live, afterwards, phase, exit, rules, unspawned } = lifecycle.state
  if (phase === 'pre-stop' || phase === 'post-stop') return ignore(lifecycle)
  // SIGTERM was not enough: this is reported, since the program may have lost something.
  const forced = phase !== 'term' && afterwards.go === 'end' && afterwards.reason === null
  const next = forced ? { ...afterwards, reason: NEEDED_SIGKILL } : afterwards
  return conclude(lifecycle, { run, live }, next, exit, ctx, { rules, unspawned })
}
