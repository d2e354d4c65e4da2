/** Health from single checks: one pass is enough, a failure takes several in a row. */
import type { Health } from '../protocol/names.ts'

export interface HealthRecord {
  health: Health
  failures: number
  reason: string | null
}

export const unknownHealth: HealthRecord = { health: 'unknown', failures: 0, reason: null }

/** `failure`: null = passed. `certain` failures (a stranger holds our port) count at once. */
export function noteCheck(before: HealthRecord, failure: string | null, threshold: number, certain = false): HealthRecord {
  if (failure === null) return { health: 'healthy', failures: 0, reason: null }
  const failures = before.failures + 1
  if (certain || failures >= threshold) return { health: 'unhealthy', failures, reason: failure }
  return { health: before.health, failures, reason: before.reason }
}
