/** Parses a cron expression; the caller passes the parser (`croner`), which is loaded lazily. */
import { PtrackError } from './errors.ts'

interface CronTimes {
  nextRun(after: Date): Date | null
}
type CronParser<T> = new (expression: string, options: { mode: '5-or-6-parts'; paused: true }) => T

const HINT = 'five fields (minute hour day month weekday), six with seconds first, or @hourly, @daily, @weekly, @monthly, @yearly'

/** Throws USAGE, also for an expression whose time never comes after `nowMs`. */
export function readCron<T extends CronTimes>(expression: string, Cron: CronParser<T>, nowMs: number): T {
  const cron = parse(expression, () => {
    // croner accepts a date as a single time; here it is a typing error.
    if (/^\s*\d{4}-/.test(expression)) throw new RangeError('it is a date')
    return new Cron(expression, { mode: '5-or-6-parts', paused: true })
  })
  if (cron.nextRun(new Date(nowMs)) !== null) return cron
  throw new PtrackError('USAGE', `cannot use the cron expression '${expression}': its time never comes`, { hint: HINT })
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
