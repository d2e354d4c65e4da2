/** logs.counts: how many lines of each level, by time. Reads what `logs.read` reads, page by page. */
import { iso } from '../../core/iso.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { levelOf } from '../../protocol/log-level.ts'
import type { LogCounts, LogCountsBucket } from '../../protocol/log-requests.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { logsRead } from './logs-read.ts'

const HOUR_MS = 3_600_000

export async function logsCounts(supervisor: Supervisor, params: Params<'logs.counts'>, signal: AbortSignal): Promise<LogCounts> {
  const { targets, stream, grep, bucketMs } = params
  const untilMs = params.untilMs ?? supervisor.world.clock.wall()
  const sinceMs = params.sinceMs ?? untilMs - HOUR_MS
  const count = Math.ceil((untilMs - sinceMs) / bucketMs)
  if (count < 1 || count > limits.logCountBuckets)
    throw new PtrackError('BAD_REQUEST', `cannot count lines in ${count} parts: 1 to ${limits.logCountBuckets} are possible`, {
      hint: 'ask for a shorter time, or a longer `bucketMs`',
    })
  const buckets: LogCountsBucket[] = Array.from({ length: count }, (_, index) => ({
    at: iso(sinceMs + index * bucketMs),
    ...{ error: 0, warn: 0, info: 0, debug: 0, other: 0 },
  }))
  let lines = 0
  let lastMs = untilMs
  let cursor: string | undefined
  do {
    const from = cursor === undefined ? { sinceMs, untilMs, grep } : { cursor }
    const page = await logsRead(supervisor, { targets, stream, ...from, max: limits.logPageLines }, signal)
    for (const line of page.lines) {
      const atMs = line.at === null ? Number.NaN : Date.parse(line.at)
      if (!(atMs >= sinceMs && atMs < untilMs)) continue
      buckets[Math.floor((atMs - sinceMs) / bucketMs)]![levelOf(line.text) ?? 'other']++
      lastMs = atMs
    }
    lines += page.lines.length
    cursor = page.more ? page.cursor : undefined
  } while (cursor !== undefined && lines < limits.countedLines && !signal.aborted)
  // Where there were too many, the rest is another request.
  const isWhole = cursor === undefined
  return { since: iso(sinceMs), until: iso(isWhole ? untilMs : lastMs), bucketMs, buckets, whole: isWhole }
}
