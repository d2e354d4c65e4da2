/** Cells that change something about a process that goes on as it is. */

import type { Context, Event, Step } from '../events.ts'
import type { LiveRun, State, Tracked } from '../state.ts'
import { enter, unchanged, wanting } from './moves.ts'
import { rearm } from './returning.ts'

export function pauseNow(tracked: Tracked & { state: Extract<State, { status: 'running' }> }, _event: Event, ctx: Context): Step {
  const { run, live } = tracked.state
  return {
    next: enter(tracked, { status: 'paused', run, live, sinceMono: ctx.monoMs }, null, ctx),
    effects: [{ do: 'clearWakes' }, { do: 'freeze', run }],
  }
}

export function resumeNow(tracked: Tracked & { state: Extract<State, { status: 'paused' }> }, _event: Event, ctx: Context): Step {
  const { run, live, sinceMono } = tracked.state
  const resumed: LiveRun = { ...live, pausedMs: live.pausedMs + (ctx.monoMs - sinceMono) }
  const next = enter(tracked, { status: 'running', run, live: resumed, pausing: false }, null, ctx)
  return { next, effects: [{ do: 'thaw', run }, ...rearm(next, ctx)] }
}

export function forgetFailures(tracked: Tracked): Step {
  return { next: { ...tracked, failures: [], backoffStep: 0, crashLoop: false, restarts: 0 }, effects: [] }
}

export const becomeSteady = (tracked: Tracked): Step => ({ next: { ...tracked, backoffStep: 0, crashLoop: false }, effects: [] })

/** The wish to be down is kept even if nothing runs, so that a reboot does not bring it back. */
export const stayDown = (tracked: Tracked): Step => unchanged(wanting(tracked, 'down'))
