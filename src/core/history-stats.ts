/** Figures from rows of history in bounded memory; durations are those of runs that ended done, failed or timeout. */
import type { HistoryRow, StatsRow, StatsView, TrendPoint } from '../protocol/history.ts'
import { iso, isoOrNull } from './iso.ts'
import { Sample } from './sample.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export const statsLimits = {
  /** Durations kept per type; beyond it they are estimated from a sample (core/sample.ts). */
  durations: 10_000,
  pointDurations: 200,
  /** Points per type: a year of days, or three days of hours. */
  points: 400,
  /** Types counted separately; further ones count in `all` only. */
  types: 500,
} as const

const TIMED: ReadonlySet<string> = new Set(['done', 'failed', 'timeout'])

interface Counts {
  done: number
  failed: number
  timeout: number
  cancelled: number
  interrupted: number
  stopped: number
}

class Tally {
  runs = 0
  totalMs = 0
  readonly counts: Counts = { done: 0, failed: 0, timeout: 0, cancelled: 0, interrupted: 0, stopped: 0 }
  readonly durations: Sample

  constructor(capacity: number) {
    this.durations = new Sample(capacity)
  }

  add(row: HistoryRow): void {
    this.runs++
    this.totalMs += row.durationMs
    this.counts[row.outcome]++
    if (TIMED.has(row.outcome)) this.durations.add(row.durationMs)
  }

  get successRate(): number | null {
    const { done, failed, timeout, interrupted } = this.counts
    const judged = done + failed + timeout + interrupted
    return judged === 0 ? null : done / judged
  }

  row(type: string): StatsRow {
    const [p50Ms, p95Ms] = this.durations.quantiles([0.5, 0.95])
    return {
      type,
      runs: this.runs,
      ...this.counts,
      successRate: this.successRate,
      p50Ms: p50Ms ?? null,
      p95Ms: p95Ms ?? null,
      totalMs: this.totalMs,
    }
  }
}

interface TypeTally {
  all: Tally
  /** By start of the bucket, epoch ms. */
  points: Map<number, Tally>
}

export class HistoryStats {
  private readonly sinceMs: number | null
  private readonly bucketMs: number
  private readonly all = new Tally(statsLimits.durations)
  private readonly types = new Map<string, TypeTally>()
  private untyped = 0
  private cutPoints = 0

  /** `sinceMs` epoch ms, null = everything; less than three days of it give a trend by the hour, else by the day (UTC). */
  constructor(sinceMs: number | null, nowMs: number) {
    this.sinceMs = sinceMs
    this.bucketMs = sinceMs !== null && nowMs - sinceMs < 3 * DAY_MS ? HOUR_MS : DAY_MS
  }

  /** In any order; newest first keeps the newest points of a long trend. */
  add(row: HistoryRow): void {
    this.all.add(row)
    const tally = this.tallyOf(row.type)
    if (tally === null) {
      this.untyped++
      return
    }
    tally.all.add(row)
    this.pointOf(tally, Math.floor(Date.parse(row.endedAt) / this.bucketMs) * this.bucketMs)?.add(row)
  }

  view(): StatsView {
    const byName = [...this.types].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      since: isoOrNull(this.sinceMs),
      types: byName.map(([type, tally]) => tally.all.row(type)),
      all: this.all.row('all'),
      trend: byName.map(([type, tally]) => ({ type, points: trendOf(tally.points) })),
      notices: this.notices(),
    }
  }

  private tallyOf(type: string): TypeTally | null {
    const known = this.types.get(type)
    if (known !== undefined) return known
    if (this.types.size >= statsLimits.types) return null
    const tally = { all: new Tally(statsLimits.durations), points: new Map() }
    this.types.set(type, tally)
    return tally
  }

  private pointOf(tally: TypeTally, at: number): Tally | null {
    const known = tally.points.get(at)
    if (known !== undefined) return known
    if (tally.points.size >= statsLimits.points) {
      this.cutPoints++
      return null
    }
    const point = new Tally(statsLimits.pointDurations)
    tally.points.set(at, point)
    return point
  }

  private notices(): string[] {
    const sampled = [...this.types].filter(([, tally]) => !tally.all.durations.exact).map(([type]) => type)
    return [
      ...(sampled.length > 0
        ? [`p50 and p95 of ${sampled.join(', ')} are estimates from ${statsLimits.durations} of their runs`]
        : []),
      ...(this.cutPoints > 0
        ? [`${this.cutPoints} runs older than the last ${statsLimits.points} points are left out of the trend`]
        : []),
      ...(this.untyped > 0
        ? [`${this.untyped} runs are of more than ${statsLimits.types} types and count in the total alone`]
        : []),
    ]
  }
}

const trendOf = (points: ReadonlyMap<number, Tally>): TrendPoint[] =>
  [...points]
    .sort(([a], [b]) => a - b)
    .map(([at, tally]) => ({
      at: iso(at),
      runs: tally.runs,
      successRate: tally.successRate,
      p50Ms: tally.durations.quantiles([0.5])[0] ?? null,
    }))
