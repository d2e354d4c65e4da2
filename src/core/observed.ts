/**
 * Time that daemons of this home observed, and what the wall clock showed meanwhile. Ages are counted in it, so that a
 * clock that jumps makes nothing old: a thing is older than so much observed time only when its time stamp lies before
 * everything that the clock has shown since.
 */
import type { ObservedSpan } from '../protocol/settings.ts'

export type Spans = readonly ObservedSpan[]

export const observedRules = {
  /** Of the time between two daemons so much counts: a clock that was set while none ran looks just the same. */
  gapMs: 24 * 3_600_000,
  /** Clocks are slewed and timers come late; further apart, the wall clock was set or the machine slept. */
  toleranceMs: 60_000,
  /** Beyond it neighbours are joined. A machine that never sleeps has one span for ever. */
  spans: 64,
} as const

export const observedMs = (spans: Spans): number => spans.reduce((sum, { ms }) => sum + ms, 0)

const endOf = ({ wallMs, ms }: ObservedSpan): number => wallMs + ms

/** What the clock showed when this was last written down; null before the first time. */
export function lastSeenMs(spans: Spans): number | null {
  const last = spans.at(-1)
  return last === undefined ? null : endOf(last)
}

/** A daemon begins, and the wall clock shows this. */
export function resumeSpans(spans: Spans, wallMs: number): ObservedSpan[] {
  const last = spans.at(-1)
  if (last === undefined) return [{ wallMs, ms: 0 }]
  const gap = wallMs - endOf(last)
  if (gap < 0) return joined([...spans, { wallMs, ms: 0 }])
  if (gap <= observedRules.gapMs) return lengthened(spans, gap)
  return joined([...spans, { wallMs: wallMs - observedRules.gapMs, ms: observedRules.gapMs }])
}

/** The daemon lived for so long (by the monotonic clock), and the wall clock shows this now. */
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

/** The two neighbours that fit best become one whose clock is never ahead of theirs, so that nothing gets older by it. */
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

/** What bears a time stamp before this (epoch ms) is older than so much observed time; -Infinity while nothing can be. */
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
