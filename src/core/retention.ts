/**
 * What goes when, as decisions alone. Every age is a cutoff: what bears a time stamp before it is old enough (core/observed.ts).
 * The live list, logs of processes that are gone, and history with its results each have a time of their own.
 */
import { type EndedStatus, isEnded } from '../protocol/names.ts'
import type { Retention } from '../protocol/settings.ts'
import { cutoffMs, observedMs, type Spans } from './observed.ts'
import { scheduleHolds } from './schedule.ts'
import type { ProcessRecord } from './world.ts'

/** The first removal of results on a home is announced so long before. */
export const NOTICE_MS = 24 * 3_600_000

const LISTED: Record<EndedStatus, 'endedMs' | 'failedMs'> = {
  done: 'endedMs',
  cancelled: 'endedMs',
  stopped: 'endedMs',
  failed: 'failedMs',
  timeout: 'failedMs',
  interrupted: 'failedMs',
}

/** Epoch ms; -Infinity where nothing is old enough, or is kept for ever. */
export type Cutoffs = Record<keyof Retention, number>

const cutoffOf = (spans: Spans, keepMs: number | null): number =>
  keepMs === null ? Number.NEGATIVE_INFINITY : cutoffMs(spans, Math.max(0, keepMs))

export const cutoffsOf = (spans: Spans, { endedMs, failedMs, historyMs, logsMs }: Retention): Cutoffs => ({
  endedMs: cutoffOf(spans, endedMs),
  failedMs: cutoffOf(spans, failedMs),
  historyMs: cutoffOf(spans, historyMs),
  logsMs: cutoffOf(spans, logsMs),
})

/** Whether it leaves the live list. Services stay, and whatever has not ended, and what will run again by itself. */
export function leavesList({ definition, tracked }: ProcessRecord, cutoffs: Cutoffs): boolean {
  const { status } = tracked.state
  if (definition.kind === 'service' || !isEnded(status)) return false
  if (scheduleHolds(definition, tracked) || (definition.watchFiles.length > 0 && tracked.wanted === 'up')) return false
  return tracked.sinceMs < cutoffs[LISTED[status]]
}

/** Before this (epoch ms) lies what goes within the time of the notice. */
export const soonMs = (spans: Spans, { historyMs }: Retention): number =>
  cutoffOf(spans, historyMs === null ? null : historyMs - NOTICE_MS)

/** What is to be done about rows of history that are old enough, or soon will be. */
export function historyStep(
  spans: Spans,
  announcedMs: number | null,
  /** Whether rows that go soon have results. */
  soonWithResults: boolean,
): 'announce' | 'wait' | 'remove' {
  if (announcedMs === null) return soonWithResults ? 'announce' : 'remove'
  return observedMs(spans) >= announcedMs + NOTICE_MS ? 'remove' : 'wait'
}
