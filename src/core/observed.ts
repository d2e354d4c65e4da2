/** Observed time: what the wall clock showed while daemons ran. Ages are measured in it: a clock that jumps ages nothing. */
import type { ObservedSpan } from '../protocol/settings.ts'

export type Spans = readonly ObservedSpan[]

export const observedRules = {
  /**
   * At most this much of the time between two daemons counts: a clock that was set meanwhile looks the same. Half of the shortest
   * time that is kept by default, so that a clock that jumps makes nothing old that ended in the last 12 hours.
   */
  gapMs: 12 * 3_600_000,
  /** Clocks are slewed and timers fire late; beyond this the wall clock was set or the machine slept. */
  toleranceMs: 60_000,
  /** Beyond it, neighbours are merged. A machine that never sleeps has a single span. */
  spans: 64,
} as const

export const observedMs = (spans: Spans): number => spans.reduce((sum, { ms }) => sum + ms, 0)

const endOf = ({ wallMs, ms }: ObservedSpan): number => wallMs + ms

/** The clock when this was last recorded; null before the first time. */
export function lastSeenMs(spans: Spans): number | null {
  const last = spans.at(-1)
  return last === undefined ? null : endOf(last)
}

export function resumeSpans(spans: Spans, wallMs: number): ObservedSpan[] {
  const last = spans.at(-1)
  if (last === undefined) return [{ wallMs, ms: 0 }]
  const gap = wallMs - endOf(last)
  if (gap < 0) return joined([...spans, { wallMs, ms: 0 }])
  if (gap <= observedRules.gapMs) return lengthened(spans, gap)
  return joined([...spans, { wallMs: wallMs - observedRules.gapMs, ms: observedRules.gapMs }])
}

/** The daemon lived for `ms` (monotonic), and the wall clock shows this now. */
export function passSpans(spans: Spans, ms: number, wallMs: number): ObservedSpan[] {
  const longer = lengthened(spans, ms)
  const shown = lastSeenMs(longer)
  if (shown !== null && Math.abs(wallMs - shown) <= observedRules.toleranceMs) return longer
  return joined([...longer, { wallMs, ms: 0 }])
}

function lengthened(spans: Spans, ms: number): ObservedSpan[] {
  const last = spans.at(-1)
  return last === undefined ? [] : [...spans.slice(0, -1), { wallMs: last.wallMs, ms: last.ms + ms }]
}

/** Merges the two neighbours that fit best; the merged clock is never ahead of theirs, so that nothing ages by it. */
function joined(spans: ObservedSpan[]): ObservedSpan[] {
  let all = spans
  while (all.length > observedRules.spans) {
    const misfits = all.slice(1).map((span, n) => Math.abs(span.wallMs - endOf(all[n]!)))
    const at = misfits.indexOf(Math.min(...misfits))
    const [a, b] = [all[at]!, all[at + 1]!]
    all = all.toSpliced(at, 2, { wallMs: Math.min(a.wallMs, b.wallMs - a.ms), ms: a.ms + b.ms })
  }
  return all
}

/** What has an earlier timestamp (epoch ms) is older than `keepMs` of observed time; -Infinity while nothing can be. */
export function cutoffMs(spans: Spans, keepMs: number): number {
  const since = observedMs(spans) - keepMs
  if (since < 0 || spans.length === 0) return Number.NEGATIVE_INFINITY
  let cutoff = Number.POSITIVE_INFINITY
  let from = 0
  for (const span of spans) {
    const to = from + span.ms
    if (to >= since) cutoff = Math.min(cutoff, span.wallMs + Math.max(0, since - from))
    from = to
  }
  return cutoff
}
