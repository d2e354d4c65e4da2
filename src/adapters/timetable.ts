/** Cron expressions by `croner`, which is loaded with the first of them. */
import type { Times, Timetable } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'

const HINT = 'five fields (minute hour day month weekday), six with seconds first, or @hourly, @daily, @weekly, @monthly, @yearly'
/** Expressions kept; many processes share few. */
const KEPT = 1000

export function createTimetable(now: () => number = Date.now): Timetable {
  const kept = new Map<string, Times>()
  return {
    async read(expression) {
      const { Cron } = await import('croner')
      const cron = parse(expression, () => {
        // A date would be taken as a pattern of one time; here it is a mistake of typing.
        if (/^\s*\d{4}-/.test(expression)) throw new RangeError('it is a date')
        return new Cron(expression, { mode: '5-or-6-parts', paused: true })
      })
      const times: Times = { after: (wallMs) => cron.nextRun(new Date(wallMs))?.getTime() ?? null }
      if (times.after(now()) === null)
        throw new PtrackError('USAGE', `cannot use the cron expression '${expression}': its time never comes`, { hint: HINT })
      if (kept.size >= KEPT) kept.clear()
      kept.set(expression, times)
      return times
    },
    known: (expression) => kept.get(expression) ?? null,
  }
}

function parse<T>(expression: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause
    const why = cause.message
      .replace(/^CronPattern: /, '')
      .replace(/^(?:invalid configuration format|mode '5-or-6-parts').*/, 'it is no list of five or six fields')
    throw new PtrackError('USAGE', `cannot read the cron expression '${expression}': ${why}`, { hint: HINT, cause })
  }
}
