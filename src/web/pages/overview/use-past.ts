/** What the overview asks of the past: again every 15 s, and when what needs somebody changes. */
import type { CountsView, MetricSeries, TimelineProcess } from '../../../protocol/overview.ts'
import { request, useApp, useNow } from '../../app-state.ts'
import { needsYou } from '../../titles.ts'
import { useAsked } from '../../use-asked.ts'

const AGAIN_MS = 15_000
const HOUR_MS = 3_600_000

export interface Past {
  /** By 5 min, for two hours. */
  hours: CountsView | null
  /** By the hour, for a day. */
  day: CountsView | null
  machine: MetricSeries | null
  timeline: TimelineProcess[] | null
}

export function usePast(): Past {
  const { known } = useApp()
  const nowMs = useNow(AGAIN_MS)
  const key = known.link === 'here' ? `${nowMs} ${needsYou(known.views.values()).length}` : known.link
  const hours = useAsked(key, () => request('counts', { sinceMs: Date.now() - 2 * HOUR_MS, buckets: 24 }))
  const day = useAsked(key, () => request('counts', { sinceMs: Date.now() - 24 * HOUR_MS, buckets: 24 }))
  // Of no process: of the machine alone.
  const metrics = useAsked(key, () => request('metrics.history', { targets: [], sinceMs: Date.now() - HOUR_MS }))
  const timeline = useAsked(key, () => request('timeline', { sinceMs: Date.now() - HOUR_MS }))
  return {
    hours: hours.value,
    day: day.value,
    machine: metrics.value?.machine ?? null,
    timeline: timeline.value?.processes ?? null,
  }
}
