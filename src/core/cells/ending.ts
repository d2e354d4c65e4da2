/** Cells in which a run ends, or is ended, for its own reasons; policy decides what follows. */
import type { Context, EventOf, Step } from '../events.ts'
import { afterEnding, type Ending, endingOfExit } from '../restart.ts'
import type { Lifecycle, Next } from '../state.ts'
import { complete, conclude, followUp, impossible, type Live, unchanged } from './moves.ts'

const uptime = ({ live }: Live, ctx: Context): number => Math.max(0, ctx.monoMs - live.startedMono)

export function judge(lifecycle: Lifecycle, ending: Ending, ctx: Context): { judged: Lifecycle; next: Next } {
  const { next, counters } = afterEnding(lifecycle, ctx.policy, ending, ctx.monoMs, ctx.jitter)
  const restarts = next.go === 'run' ? counters.restarts + 1 : counters.restarts
  return { judged: { ...lifecycle, ...counters, restarts, error: ending.error }, next }
}

export function afterExit(lifecycle: Lifecycle, event: EventOf<'exited'>, ctx: Context): Step {
  const { state } = lifecycle
  if (!('live' in state) || state.live === null) return impossible(lifecycle, event)
  const at: Live = { run: state.run, live: state.live }
  if (event.background) {
    const reason = 'went to the background; run it in the foreground'
    const error = { code: 'WENT_TO_BACKGROUND', message: reason }
    if (ctx.policy.leftovers === 'kill')
      return complete(
        { ...lifecycle, error },
        at,
        { go: 'end', status: 'failed', reason, error },
        reason,
        ctx.policy.stopTimeoutMs,
        event.exit,
        ctx,
      )
    return conclude(lifecycle, at, { go: 'end', status: 'failed', reason, error }, event.exit, ctx)
  }
  const { judged, next } = judge(lifecycle, endingOfExit(event.exit, ctx.policy, uptime(at, ctx)), ctx)
  // No successor runs beside a program whose recorder alone was killed.
  if (event.programAlive && next.go !== 'end')
    return complete(
      judged,
      at,
      next,
      `${next.reason}; ending the program, whose recorder is gone`,
      ctx.policy.stopTimeoutMs,
      event.exit,
      ctx,
    )
  // After an outage, leftovers are evidence for a person; they are not ended unasked.
  if (ctx.policy.leftovers === 'keep' || (event.outage && ctx.policy.leftovers === 'seen'))
    return conclude(judged, at, next, event.exit, ctx)
  // At once only when nothing is known to be left; a /proc pass right after catches the rest.
  if (next.go === 'run' && !event.leftovers && !ctx.policy.commands.includes('post-stop')) {
    const step = followUp(judged, next, event.exit, ctx)
    return { ...step, effects: [...step.effects, { do: 'sweep', run: at.run }] }
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

export function afterReadyTimeout(lifecycle: Lifecycle, event: EventOf<'readyElapsed'>, ctx: Context): Step {
  // It is ready, and its post-start has a time of its own.
  if ('command' in lifecycle.state && lifecycle.state.command !== undefined) return unchanged(lifecycle)
  const reason = `not ready within ${ctx.policy.readyTimeoutMs / 1000} s${ctx.failing === null ? '' : `: ${ctx.failing}`}`
  return afterViolation(
    lifecycle,
    { kind: 'violated', run: event.run, reason, error: { code: 'NOT_READY', message: reason } },
    ctx,
  )
}

export function afterViolation(lifecycle: Lifecycle, event: EventOf<'violated'>, ctx: Context): Step {
  const { state } = lifecycle
  if (!('live' in state) || state.live === null) return impossible(lifecycle, event)
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
  const { judged, next } = judge(lifecycle, ending, ctx)
  return complete(judged, at, next, event.reason, ctx.policy.stopTimeoutMs, null, ctx)
}

export function afterTimeout(lifecycle: Lifecycle, event: EventOf<'timedOut'>, ctx: Context): Step {
  const { state } = lifecycle
  if (!('live' in state) || state.live === null) return impossible(lifecycle, event)
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
  const { judged, next } = judge(lifecycle, ending, ctx)
  return complete(judged, at, next, reason, ctx.policy.stopTimeoutMs, null, ctx)
}
