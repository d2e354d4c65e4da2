/** What a cron time means for a process in its present state. The expression itself is parsed by an adapter. */
import type { Definition } from '../protocol/definition.ts'
import { isEnded } from '../protocol/names.ts'
import type { Lifecycle } from './state.ts'

/** A time noticed later than this was missed (the machine slept, the clock jumped): it is skipped, never caught up. */
export const MISSED_AFTER_MS = 30_000

/** How often the clocks are compared: after a suspend or a jump no timer waits longer than this on the wrong clock. */
export const CLOCK_CHECK_MS = 60_000

/** `stop` suspends a schedule, `start` resumes it. */
export const scheduleHolds = (definition: Pick<Definition, 'cron' | 'kind'>, { wanted }: Pick<Lifecycle, 'wanted'>): boolean =>
  definition.cron !== null && definition.kind !== 'external' && wanted === 'up'

/** `queue`: once more when the present run has ended. */
export type Turn = 'start' | 'restart' | 'queue' | 'skip'

export function turnOf(
  { kind, cronOverlap }: Pick<Definition, 'kind' | 'cronOverlap'>,
  { state }: Pick<Lifecycle, 'state'>,
): Turn {
  if (state.status === 'pending') return state.why === 'time' ? 'start' : 'skip'
  if (isEnded(state.status)) return 'start'
  if (kind === 'service') return state.status === 'paused' || state.status === 'completing' ? 'skip' : 'restart'
  return cronOverlap === 'queue' ? 'queue' : 'skip'
}

/** The same moment on both clocks; a difference means that the wall clock was set, or that the machine slept. */
export interface ClockPair {
  monoMs: number
  wallMs: number
}

export const clocksAgree = (then: ClockPair, now: ClockPair): boolean =>
  Math.abs(now.wallMs - then.wallMs - (now.monoMs - then.monoMs)) < 500
