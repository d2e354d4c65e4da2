/** The time that a request about the past means: an hour until now, unless it says otherwise, and never beyond now. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'

const HOUR_MS = 3_600_000

/** `what` follows `cannot`, in the error for a time that ends before it begins. */
export function pastTime(
  { world }: Supervisor,
  asked: { sinceMs?: number | undefined; untilMs?: number | undefined },
  what: string,
): { nowMs: number; sinceMs: number; untilMs: number } {
  const nowMs = world.clock.wall()
  const untilMs = Math.min(asked.untilMs ?? nowMs, nowMs)
  const sinceMs = asked.sinceMs ?? untilMs - HOUR_MS
  if (sinceMs >= untilMs) throw new PtrackError('BAD_REQUEST', `cannot ${what}: the time ends before it begins`)
  return { nowMs, sinceMs, untilMs }
}
