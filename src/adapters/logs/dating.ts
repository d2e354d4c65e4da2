/**
 * When lines were written, which orders those of several streams. Logs are checked once a second, so within one check only the
 * order inside each stream is known: stdout comes first, and nothing is interleaved by guessing, which would tear stack traces
 * apart.
 */
import type { StreamName } from './paths.ts'
import { type Entry, firstWhere } from './time-index.ts'

/** Checks this close belong to one burst; over longer gaps (no daemon, an unwatchable log) lines are spread by bytes. */
const BURST_MS = 2000
/** Spread lines are dated to this precision. */
const SPREAD_MS = 1000

/** All lines that end at or before `to` (after the stretch before) were complete at `at` (epoch ms; null: unknown). */
export interface Stretch {
  at: number | null
  to: number
}

/** The stretch of the line that ends at `end`. @param beyond time of what follows the last entry */
export function stretchAt(entries: readonly Entry[], stream: StreamName, end: number, beyond: number | null): Stretch {
  const i = firstWhere(entries.length, (k) => entries[k]![stream] >= end)
  if (i === entries.length) return { at: beyond, to: Number.POSITIVE_INFINITY }
  const after = entries[i]!
  const before = entries[i - 1]
  if (!before) return after[stream] === end ? { at: after.t, to: end } : { at: null, to: after[stream] - 1 }
  const duration = after.t - before.t
  if (duration <= BURST_MS) return { at: after.t, to: after[stream] }
  const parts = Math.ceil(duration / SPREAD_MS)
  const bytes = after[stream] - before[stream]
  const part = Math.ceil(((end - before[stream]) / bytes) * parts)
  return {
    at: Math.round(before.t + (part * duration) / parts),
    to: part === parts ? after[stream] : Math.max(end, Math.floor(before[stream] + (part * bytes) / parts)),
  }
}

/** The check before `t`, and the next one if lines are spread between the two; null before the first. */
function around(entries: readonly Entry[], t: number): { before: Entry; after: Entry | null; durationMs: number } | null {
  const i = firstWhere(entries.length, (k) => entries[k]!.t >= t)
  const before = entries[i - 1]
  if (!before) return null
  const after = entries[i]
  const durationMs = after ? after.t - before.t : 0
  return { before, after: after && durationMs > BURST_MS ? after : null, durationMs }
}

/** From this offset on lines are dated `t` or later; 0 before the first entry. */
export function offsetAt(entries: readonly Entry[], stream: StreamName, t: number): number {
  const found = around(entries, t)
  if (found === null) return 0
  const { before, after, durationMs } = found
  if (after === null) return before[stream]
  return Math.floor(before[stream] + ((t - before.t) / durationMs) * (after[stream] - before[stream]))
}

/** Lines that end at or before this offset are dated before `t`. Something must be dated `t` or later. */
export function endBefore(entries: readonly Entry[], stream: StreamName, t: number): number {
  const found = around(entries, t)
  if (found === null) return 0
  const { before, after, durationMs } = found
  if (after === null) return before[stream]
  const parts = Math.ceil(durationMs / SPREAD_MS)
  const part = Math.ceil(((t - before.t) / durationMs) * parts) - 1
  return Math.floor(before[stream] + (part * (after[stream] - before[stream])) / parts)
}

/** A line that begins with white space continues the one before it, like the frames of a stack trace. */
export const isContinuation = (text: string): boolean => text.startsWith(' ') || text.startsWith('\t')

/** Whether lines of these times may belong together. */
export const closeTo = (at: number | null, before: number | null): boolean =>
  at !== null && before !== null && at - before <= BURST_MS
