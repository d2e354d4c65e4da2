/** What is removed when, as decisions only. Every age is a cutoff: an earlier timestamp is old enough (core/observed.ts). */
import { type EndedStatus, isEnded } from '../protocol/names.ts'
import type { Retention } from '../protocol/settings.ts'
import { cutoffMs, observedMs, type Spans } from './observed.ts'
import { scheduleHolds } from './schedule.ts'
import type { ProcessRecord } from './world.ts'

/** The first removal of results on a home is announced this long before. */
export const NOTICE_MS = 24 * 3_600_000

const LISTED: Record<EndedStatus, 'endedMs' | 'failedMs'> = {
  done: 'endedMs',
  cancelled: 'endedMs',
  stopped: 'endedMs',
  failed: 'failedMs',
  timeout: 'failedMs',
  interrupted: 'failedMs',
}

/** Epoch ms; -Infinity where nothing is old enough, or everything is kept. */
export type Cutoffs = Record<keyof Retention, number>

const cutoffOf = (spans: Spans, keepMs: number | null): number =>
  keepMs === null ? Number.NEGATIVE_INFINITY : cutoffMs(spans, Math.max(0, keepMs))

export const cutoffsOf = (spans: Spans, { endedMs, failedMs, historyMs, logsMs }: Retention): Cutoffs => ({
  endedMs: cutoffOf(spans, endedMs),
  failedMs: cutoffOf(spans, failedMs),
  historyMs: cutoffOf(spans, historyMs),
  logsMs: cutoffOf(spans, logsMs),
})

/** It has ended, and neither the clock nor a file runs it again. */
export function isOverForGood({ definition, tracked }: Pick<ProcessRecord, 'definition' | 'tracked'>): boolean {
  if (!isEnded(tracked.state.status) || scheduleHolds(definition, tracked)) return false
  return definition.watchFiles.length === 0 || tracked.wanted !== 'up'
}

/** Whether it leaves the live list. Services, what has not ended and what will run again stay. */
export function leavesList(record: ProcessRecord, cutoffs: Cutoffs): boolean {
  const { definition, tracked } = record
  const { status } = tracked.state
  if (definition.kind === 'service' || !isEnded(status) || !isOverForGood(record)) return false
  return tracked.sinceMs < cutoffs[LISTED[status]]
}

/** Before this (epoch ms) lies what is removed within the notice period. */
export const soonMs = (spans: Spans, { historyMs }: Retention): number =>
  cutoffOf(spans, historyMs === null ? null : historyMs - NOTICE_MS)

/** What to do about rows of history that are old enough, or soon will be. */
export function historyStep(spans: Spans, announcedMs: number | null, soonWithResults: boolean): 'announce' | 'wait' | 'remove' {
  if (announcedMs === null) return soonWithResults ? 'announce' : 'remove'
  return observedMs(spans) >= announcedMs + NOTICE_MS ? 'remove' : 'wait'
}
