/** What happens on the next daemon: a reboot, and timers to arm again. */
import type { Context, Effect, EventOf, Step } from '../events.ts'
import { type Ending, restartRules } from '../restart.ts'
import type { Lifecycle } from '../state.ts'
import { judge } from './ending.ts'
import { begin, command, end, followUp, fresh, KILL_WAIT_MS, unchanged, wait } from './moves.ts'
import { readyWake } from './starting.ts'

/** Nothing survived: wanted services start again without counting a failure; jobs are interrupted. */
export function afterReboot(lifecycle: Lifecycle, { reason }: EventOf<'rebooted'>, ctx: Context): Step {
  const { state } = lifecycle
  if (state.status === 'completing' && 'afterwards' in state && state.afterwards.go === 'end')
    return followUp(lifecycle, state.afterwards, state.exit, ctx)
  if (ctx.policy.kind === 'service') {
    if (lifecycle.wanted === 'up')
      return ctx.wait !== null ? wait(fresh(lifecycle), ctx.wait, ctx) : begin(fresh(lifecycle), reason, true, ctx)
    return 'live' in state ? end(lifecycle, 'stopped', reason, null, null, ctx) : unchanged(lifecycle)
  }
  // The old deadline was measured on a clock that started over.
  if (state.status === 'retrying')
    return followUp(lifecycle, { go: 'retry', delayMs: 0, reason: lifecycle.reason ?? reason }, state.exit, ctx)
  if (!('live' in state)) return unchanged(lifecycle)
  const ending: Ending = {
    accepted: false,
    refusesRestart: false,
    timeout: false,
    unknown: true,
    reason,
    error: { code: 'INTERRUPTED', message: reason },
    uptimeMs: 0,
  }
  const { judged, next } = judge(lifecycle, ending, ctx)
  return followUp(judged, next, null, ctx)
}

/** The timers that a state needs, from its own timestamps: armed again by the next daemon, and after a pause. */
export function rearm(lifecycle: Lifecycle, ctx: Pick<Context, 'policy' | 'monoMs'>): Effect[] {
  const { state } = lifecycle
  const effects: Effect[] = []
  if (state.status === 'retrying')
    return [
      {
        do: 'wake',
        key: 'delay',
        afterMs: Math.max(0, state.dueMono - ctx.monoMs),
        event: { kind: 'delayElapsed', run: lifecycle.runNumber },
      },
    ]
  if (!('live' in state) || state.live === null || state.status === 'paused') return effects
  const { run, live } = state
  if (state.status === 'completing' && state.phase === 'pre-stop') {
    const failure = 'the daemon ended while it was executed'
    const event = { kind: 'commandEnded', run: run.number, name: state.phase, failure } as const
    return [{ do: 'wake', key: 'command', afterMs: 0, event }]
  }
  if (state.status === 'completing') {
    const afterMs = state.phase === 'term' ? ctx.policy.stopTimeoutMs : KILL_WAIT_MS
    const key = state.phase === 'term' ? 'grace' : 'kill'
    effects.push({ do: 'endTree', run, force: state.phase !== 'term', durable: false })
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
  if (state.status === 'starting' && state.command !== undefined) effects.push(command('post-start', run, { again: true }))
  else if (state.status === 'starting' && ctx.policy.readiness)
    effects.push(readyWake(run, Math.max(0, ctx.policy.readyTimeoutMs - ranMs)))
  if (state.status === 'running')
    effects.push({ do: 'wake', key: 'steady', afterMs: restartRules.steadyMs, event: { kind: 'steady', run: run.number } })
  return effects
}
