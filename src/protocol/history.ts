/** Ended runs and the statistics on them. Types only. Times ISO-8601 UTC, durations ms. */
import type { EndedStatus, Kind } from './names.ts'
import type { RunSpan } from './overview.ts'

/** One line of history/YYYY-MM.jsonl: one ended run. Every retry and restart is a run of its own. */
export interface HistoryRow {
  id: string
  name: string
  kind: Kind
  type: string
  owner: string
  tags: string[]
  run: number
  runId: string
  /** How the run ended; a failed attempt that is retried is `failed` too. */
  outcome: EndedStatus
  reason: string | null
  exitCode: number | null
  signal: string | null
  startedAt: string
  endedAt: string
  durationMs: number
  /** Of a job: 1 for a requested run, one more for each automatic one after it; else 1. */
  attempt: number
  results: number
  /** Its wait, pauses and times of bad health; absent = none, or a row from before they were kept. */
  spans?: RunSpan[]
}

export interface HistoryPage {
  /** Newest first. */
  rows: HistoryRow[]
  /** For the next page; null at the end. */
  cursor: string | null
  notices: string[]
}

/** Counted over runs. Rates 0-1, null without a run that ended as done or failed. */
export interface StatsRow {
  type: string
  runs: number
  done: number
  failed: number
  timeout: number
  cancelled: number
  interrupted: number
  stopped: number
  /** done / (done + failed + timeout + interrupted). */
  successRate: number | null
  p50Ms: number | null
  p95Ms: number | null
  totalMs: number
}

export interface TrendPoint {
  at: string
  runs: number
  successRate: number | null
  p50Ms: number | null
}

export interface StatsView {
  since: string | null
  types: StatsRow[]
  all: StatsRow
  /** By type, oldest first; buckets of one day, or one hour for less than three days. */
  trend: { type: string; points: TrendPoint[] }[]
  notices: string[]
}

export interface ResultRow {
  /** From 1, without gaps, over all runs of the process. */
  index: number
  at: string
  run: number
  /** Attempt of a job, from 1, as in the history; null for a row from before attempts were kept. */
  attempt: number | null
  row: unknown
}

export interface ResultPage {
  /** The newest process of the requested name, which may be gone. */
  id: string
  name: string
  rows: ResultRow[]
  /** Index to ask from next. */
  next: number
  more: boolean
  total: number
  /** The process has ended: nothing more will come. */
  ended: boolean
  notices: string[]
}
