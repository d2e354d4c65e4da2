/** The lines of a time by level, as a drawing of a few paths, and where a pointer is in it. */
import type { LogCounts, LogCountsBucket } from '../../protocol/log-requests.ts'
import { clockWords, counted, dayWords } from '../../words/short.ts'
import { type Choices, LEVELS, SPANS } from './choices.ts'

/** Parts of the time: as wide as a pointer can meet. */
export const PARTS = 90

export interface CountsWindow {
  sinceMs: number
  untilMs: number
  bucketMs: number
}

/** Which time is counted: up to now, or around the part that was chosen where that lies before. */
export function windowOf({ span, time }: Pick<Choices, 'span' | 'time'>, nowMs: number): CountsWindow {
  const { ms } = SPANS.find(({ key }) => key === span)!
  const bucketMs = Math.max(1000, Math.round(ms / PARTS / 1000) * 1000)
  const latest = Math.ceil(nowMs / bucketMs) * bucketMs
  const count = Math.ceil(ms / bucketMs)
  if (time !== null && time.toMs - time.fromMs > ms) {
    const wide = Math.max(1000, Math.ceil((time.toMs - time.fromMs) / PARTS / 1000) * 1000)
    return { sinceMs: time.fromMs, untilMs: time.fromMs + Math.ceil((time.toMs - time.fromMs) / wide) * wide, bucketMs: wide }
  }
  const isBefore = time !== null && time.fromMs < latest - count * bucketMs
  const middle = time === null ? 0 : Math.ceil((time.toMs + (ms - (time.toMs - time.fromMs)) / 2) / bucketMs) * bucketMs
  const untilMs = isBefore ? Math.min(latest, middle) : latest
  return { sinceMs: untilMs - count * bucketMs, untilMs, bucketMs }
}

const sum = ({ error, warn, info, debug, other }: LogCountsBucket): number => error + warn + info + debug + other

export const totals = ({ buckets }: LogCounts): Record<(typeof LEVELS)[number], number> & { all: number } => {
  const each = { error: 0, warn: 0, info: 0, debug: 0, other: 0, all: 0 }
  for (const bucket of buckets) {
    for (const level of LEVELS) each[level] += bucket[level]
    each.all += sum(bucket)
  }
  return each
}

export interface CountPaths {
  rest: string
  warn: string
  error: string
}

/** Errors below, where they are seen however many others there are; a part with any is two pixels high at least. */
export function countPaths({ buckets }: LogCounts, width: number, height: number): CountPaths {
  const most = Math.max(1, ...buckets.map(sum))
  const step = width / Math.max(1, buckets.length)
  const paths = { rest: '', warn: '', error: '' }
  const round = (n: number): number => Math.round(n * 10) / 10
  buckets.forEach((bucket, index) => {
    const x = round((index + 0.5) * step)
    let y = height
    for (const [kind, count] of [
      ['error', bucket.error],
      ['warn', bucket.warn],
      ['rest', sum(bucket) - bucket.error - bucket.warn],
    ] as const) {
      if (count === 0) continue
      const px = Math.max(2, (count / most) * (height - 2))
      paths[kind] += `M${x} ${round(y)}v${round(-Math.min(px, y))}`
      y = Math.max(0, y - px)
    }
  })
  return paths
}

/** `14:20: 34 lines, 3 errors`. */
export function bucketWords(bucket: LogCountsBucket, bucketMs: number): string {
  const at = bucketMs >= 3_600_000 ? `${dayWords(bucket.at)} ${clockWords(bucket.at)}` : clockWords(bucket.at)
  const seconds = bucketMs < 60_000 ? `:${String(new Date(bucket.at).getSeconds()).padStart(2, '0')}` : ''
  const parts = [
    counted(sum(bucket), 'line'),
    bucket.error > 0 && counted(bucket.error, 'error'),
    bucket.warn > 0 && counted(bucket.warn, 'warning'),
  ]
  return `${at}${seconds}: ${parts.filter(Boolean).join(', ')}`
}
