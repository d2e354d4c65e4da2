/** Cells that change something about a process whose run continues. */
import type { Context, Effect, Event, EventOf, Step } from '../events.ts'
import type { Lifecycle, LiveRun } from '../state.ts'
import { enter, type In, unchanged, wanting } from './moves.ts'
import { rearm } from './returning.ts'

/** Graceful where the program asks at checkpoints: it runs on to the next one. Otherwise the tree is stopped at once. */
export function pause(lifecycle: In<'running'>, { now }: EventOf<'pauseRequested'>, ctx: Context): Step {
  const { run, live, pausing } = lifecycle.state
  if (now || !ctx.cooperative)
    return {
      next: enter(lifecycle, { status: 'paused', run, live, sinceMono: ctx.monoMs, how: 'stopped' }, null, ctx),
      effects: [{ do: 'clearWakes' }, { do: 'freeze', run }],
    }
  if (pausing) return unchanged(lifecycle)
  return { next: enter(lifecycle, { status: 'running', run, live, pausing: true }, 'pausing', ctx), effects: [] }
}

/** The checkpoint that a pause was waiting for: the program now waits by itself. */
export function pauseAtCheckpoint(lifecycle: In<'running'>, _event: Event, ctx: Context): Step {
  const { run, live, pausing } = lifecycle.state
  if (!pausing) return unchanged(lifecycle)
  return {
    next: enter(lifecycle, { status: 'paused', run, live, sinceMono: ctx.monoMs, how: 'checkpoint' }, null, ctx),
    effects: [{ do: 'clearWakes' }],
  }
}

export function withdrawPause(lifecycle: In<'running'>, _event: Event, ctx: Context): Step {
  const { run, live, pausing } = lifecycle.state
  if (!pausing) return unchanged(lifecycle)
  return { next: enter(lifecycle, { status: 'running', run, live, pausing: false }, null, ctx), effects: [] }
}

export function resumeNow(lifecycle: In<'paused'>, _event: Event, ctx: Context): Step {
  const { run, live, sinceMono, how } = lifecycle.state
  const resumed: LiveRun = { ...live, pausedMs: live.pausedMs + (ctx.monoMs - sinceMono) }
  const next = enter(lifecycle, { status: 'running', run, live: resumed, pausing: false }, null, ctx)
  const thaw: Effect[] = how === 'stopped' ? [{ do: 'thaw', run }] : []
  return { next, effects: [...thaw, ...rearm(next, ctx)] }
}

export function forgetFailures(lifecycle: Lifecycle): Step {
  return { next: { ...lifecycle, failures: [], backoffStep: 0, crashLoop: false, restarts: 0 }, effects: [] }
}

/** Most processes never failed: nothing changes, so that a thousand of them do not cause a write. */
export const becomeSteady = (lifecycle: Lifecycle): Step =>
  lifecycle.backoffStep === 0 && !lifecycle.crashLoop
    ? unchanged(lifecycle)
    : { next: { ...lifecycle, backoffStep: 0, crashLoop: false }, effects: [] }

/** The wish to be down is kept even if nothing runs, so that a reboot does not bring it back. */
export const stayDown = (lifecycle: Lifecycle): Step => unchanged(wanting(lifecycle, 'down'))
