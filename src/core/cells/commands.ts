/** Cells of lifecycle commands: what follows when one has begun, or has ended. */
import type { Context, EventOf, Step } from '../events.ts'
import type { Ending } from '../restart.ts'
import type { State } from '../state.ts'
import { afterViolation, judge } from './ending.ts'
import { complete, enter, followUp, type In, ignore, signalTree, without } from './moves.ts'
import { serve } from './starting.ts'

type Began = EventOf<'commandBegan'>
type Ended = EventOf<'commandEnded'>

export function noteCommand(lifecycle: In<'starting'> | In<'completing'>, { name, live }: Began): Step {
  const { state } = lifecycle
  if (state.command?.name !== name) return ignore(lifecycle)
  return { next: { ...lifecycle, state: { ...state, command: { ...state.command, live } } as State }, effects: [] }
}

/** It counts as an attempt of the program, which is not spawned. */
export function afterPreStart(lifecycle: In<'starting'>, { name, failure }: Ended, ctx: Context): Step {
  const { run, command } = lifecycle.state
  if (name !== 'pre-start' || command === undefined || command.over) return ignore(lifecycle)
  if (failure === null)
    return {
      next: enter(lifecycle, { ...lifecycle.state, command: { ...command, over: true } }, null, ctx),
      // On disk first: a later daemon must not take the program for its pre-start.
      effects: [{ do: 'spawn', run, durable: true }],
    }
  const reason = `pre-start: ${failure}`
  const ending: Ending = {
    accepted: false,
    refusesRestart: false,
    timeout: false,
    unknown: false,
    reason,
    error: { code: 'PRE_START_FAILED', message: reason },
    uptimeMs: 0,
  }
  const { judged, next } = judge(lifecycle, ending, ctx)
  if (command.live === null) return followUp(judged, next, null, ctx)
  return complete(judged, { run, live: command.live }, next, reason, ctx.policy.stopTimeoutMs, null, ctx)
}

export function afterPostStart(lifecycle: In<'starting'>, { name, run, failure }: Ended, ctx: Context): Step {
  if (name !== 'post-start' || lifecycle.state.command?.name !== name) return ignore(lifecycle)
  if (failure === null) return serve(lifecycle, ctx)
  const reason = `post-start: ${failure}`
  return afterViolation(lifecycle, { kind: 'violated', run, reason, error: { code: 'POST_START_FAILED', message: reason } }, ctx)
}

/** A failure is reported and changes nothing. */
export function afterStopCommand(lifecycle: In<'completing'>, { name }: Ended, ctx: Context): Step {
  const { run, phase, rules, afterwards, exit } = lifecycle.state
  if (name !== phase) return ignore(lifecycle)
  if (phase === 'post-stop') return followUp({ ...lifecycle, reason: without(lifecycle.reason) }, afterwards, exit, ctx)
  const stop = rules ?? { graceMs: ctx.policy.stopTimeoutMs }
  return {
    next: enter(lifecycle, { ...lifecycle.state, phase: 'term', command: undefined }, without(lifecycle.reason), ctx),
    effects: [{ do: 'clearWakes' }, ...signalTree(run, stop, false)],
  }
}
