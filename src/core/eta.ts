/** Time left, from the pace so far: a ratio of two sums (work, active time) in which older shares fade, so bursts average out. */
import type { Pace } from './work-progress.ts'

/** Shares fade with a time constant of this fraction of the time measured so far: the first updates weigh a third of the last. */
const MEMORY_SHARE = 1
/** How fast the usual gap follows a longer one, and a shorter one: a burst must not make the pause after it look long. */
const GAP_RISE = 0.5
const GAP_FALL = 0.05
/** A stall: no update for this many usual gaps, and at least this long; not before the gaps are known from enough updates. */
const STALL_GAPS = 5
const STALL_MIN_MS = 10_000
const STALL_UPDATES = 3

export const noPace = (): Pace => ({
  atMono: null,
  fraction: 0,
  workDone: 0,
  workMs: 0,
  measuredMs: 0,
  gapMs: null,
  updates: 0,
})

/** After one update. `fraction`: 0-1 of the whole, null when the percent is not known. `sinceMs`: from the update before it. */
export function paced(pace: Pace, nowMono: number, sinceMs: number | null, fraction: number | null): Pace {
  const next = { ...pace, updates: pace.updates + 1 }
  if (sinceMs !== null) {
    const gap = pace.gapMs ?? sinceMs
    next.gapMs = gap + (sinceMs - gap) * (sinceMs > gap ? GAP_RISE : GAP_FALL)
  }
  if (fraction === null) return next
  // The first update, or work that began again: measured from here.
  if (pace.atMono === null || fraction < pace.fraction)
    return { ...next, atMono: nowMono, fraction, workDone: 0, workMs: 0, measuredMs: 0 }
  const tookMs = nowMono - pace.atMono
  if (fraction === pace.fraction || tookMs < 0) return next
  const measuredMs = pace.measuredMs + tookMs
  const kept = measuredMs > 0 ? Math.exp(-tookMs / (measuredMs * MEMORY_SHARE)) : 1
  return {
    ...next,
    atMono: nowMono,
    fraction,
    workDone: pace.workDone * kept + (fraction - pace.fraction),
    workMs: pace.workMs * kept + tookMs,
    measuredMs,
  }
}

/** Beyond this an ETA is unknown: it has to be a safe integer of ms. */
const LONGEST_MS = 1e15

/** Ms to the end; null until two updates have moved, some time apart. */
export function etaMs(pace: Pace, nowMono: number): number | null {
  const left = 1 - pace.fraction
  if (pace.atMono === null) return null
  if (left <= 0) return 0
  if (pace.workDone <= 0 || pace.workMs <= 0) return null
  const sinceMs = Math.max(0, nowMono - pace.atMono)
  const gapMs = pace.gapMs ?? 0
  // An overdue update lowers the pace; one that is not due yet counts down.
  const overdueMs = Math.max(0, sinceMs - 2 * gapMs)
  const wholeMs = (left / pace.workDone) * (pace.workMs + overdueMs)
  const restMs = Math.max(0, Math.round(wholeMs - Math.min(sinceMs, gapMs)))
  return restMs < LONGEST_MS ? restMs : null
}

/** Without an update for this long the work counts as stalled; null while that is unknown. */
export function stallAfterMs(pace: Pace): number | null {
  if (pace.updates < STALL_UPDATES || pace.gapMs === null) return null
  return Math.max(STALL_MIN_MS, STALL_GAPS * pace.gapMs)
}
