/**
 * When lines were written, and by that in which order those of several streams are shown. The logs are looked at once a
 * second at most, so of what one look found only the order inside each stream is known: it has one time, and stdout stands
 * before stderr. Nothing in it is interleaved by guess, which would tear a stack trace apart.
 */
import type { StreamName } from './paths.ts'
import { type Entry, firstWhere } from './time-index.ts'

/** Looks no further apart are of one burst; over a longer time (no daemon, a log that cannot be watched) lines are spread by their bytes. */
const BURST_MS = 2000
/** What is spread is dated to this precision. */
const SPREAD_MS = 1000

/** All lines that end at or before `to` (and behind the stretch before) were complete at `at` (epoch ms; null: not known). */
export interface Stretch {
  at: number | null
  to: number
}

/** The stretch of the line that ends at `end`. @param beyond time of what is behind the last entry */
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

/** Offset from which on lines are dated at `t` or later; 0 before the first entry. */
export function offsetAt(entries: readonly Entry[], stream: StreamName, t: number): number {
  const i = firstWhere(entries.length, (k) => entries[k]!.t >= t)
  const before = entries[i - 1]
  if (!before) return 0
  const after = entries[i]
  const duration = after ? after.t - before.t : 0
  if (!after || duration <= BURST_MS) return before[stream]
  const part = (t - before.t) / duration
  return Math.floor(before[stream] + part * (after[stream] - before[stream]))
}

/** A line that begins with white space goes on with the one before it, as the frames of a stack trace do. */
export const goesOn = (text: string): boolean => text.startsWith(' ') || text.startsWith('\t')

/** Whether a line of this time may belong to one of that time, written so shortly before. */
export const closeTo = (at: number | null, before: number | null): boolean =>
  at !== null && before !== null && at - before <= BURST_MS
