/** Cron expressions by `croner`, loaded with the first of them. */
import type { Times, Timetable } from '../core/world-jobs.ts'
import { readCron } from '../protocol/cron.ts'

/** Expressions cached; many processes share few. */
const KEPT = 1000

export function createTimetable(now: () => number = Date.now): Timetable {
  const kept = new Map<string, Times>()
  return {
    async read(expression) {
      const { Cron } = await import('croner')
      const cron = readCron(expression, Cron, now())
      const times: Times = { after: (wallMs) => cron.nextRun(new Date(wallMs))?.getTime() ?? null }
      if (kept.size >= KEPT) kept.clear()
      kept.set(expression, times)
      return times
    },
    known: (expression) => kept.get(expression) ?? null,
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}
