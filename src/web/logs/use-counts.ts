/** Lines of a source by level and time; again when the time moves on. */
import type { LogCounts } from '../../protocol/log-requests.ts'
import { request, useApp, useNow } from '../app-state.ts'
import { useAsked } from '../use-asked.ts'
import type { Choices } from './choices.ts'
import { windowOf } from './counts.ts'
import type { LogSource } from './feed.ts'

/** Counting goes through all of the time: the longer it is, the less often. */
const AGAIN_MS = 15_000
const SELDOM_MS = 120_000

export function useCounts(source: LogSource | null, choices: Pick<Choices, 'span' | 'time'>): LogCounts | null {
  const { known } = useApp()
  const nowMs = useNow(AGAIN_MS)
  const { sinceMs, untilMs, bucketMs } = windowOf(choices, nowMs)
  const isLong = untilMs - sinceMs > 3_600_000
  const again = untilMs >= nowMs ? Math.floor(nowMs / (isLong ? SELDOM_MS : AGAIN_MS)) : 0
  // The time moves on with what is asked again, not with each second.
  const key = `${known.link === 'here'} ${source?.targets.join()} ${source?.stream} ${choices.span} ${choices.time?.fromMs} ${choices.time?.toMs} ${again}`
  const { value } = useAsked(key, () =>
    source === null || known.link !== 'here'
      ? Promise.resolve(null)
      : request('logs.counts', { targets: [...source.targets], stream: source.stream, sinceMs, untilMs, bucketMs }),
  )
  return value
}
