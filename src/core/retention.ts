/** How long what has ended stays in the live list. History, and logs unless purged, stay longer. */
import { isEnded } from '../protocol/names.ts'
import { scheduleHolds } from './schedule.ts'
import type { ProcessRecord } from './world.ts'

const HOUR_MS = 3_600_000

export const retentionMs = {
  done: 24 * HOUR_MS,
  cancelled: 24 * HOUR_MS,
  stopped: 24 * HOUR_MS,
  failed: 7 * 24 * HOUR_MS,
  timeout: 7 * 24 * HOUR_MS,
  interrupted: 7 * 24 * HOUR_MS,
} as const

/** When it leaves the live list, epoch ms; null = it stays: services, whatever has not ended, and what will run again by itself. */
export function expiresAtMs({ definition, tracked }: ProcessRecord): number | null {
  const { status } = tracked.state
  if (definition.kind === 'service' || !isEnded(status)) return null
  if (scheduleHolds(definition, tracked) || (definition.watchFiles.length > 0 && tracked.wanted === 'up')) return null
  return tracked.sinceMs + retentionMs[status]
}
