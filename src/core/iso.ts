/** `new Date(ms).toISOString()`, with the minutes cached: it is the costliest part of a view, and a long list has thousands. */
const MINUTE_MS = 60_000
/** Minutes cached, each in its slot; a power of two. */
const KEPT = 64

const minutes = new Array<number>(KEPT).fill(-1)
const beginnings = new Array<string>(KEPT).fill('')

/** Throws RangeError for an invalid time. */
export function iso(ms: number): string {
  // The arithmetic below does not hold before 1970 and after the year 275760.
  if (!(ms >= 0 && ms <= 8.64e15)) return new Date(ms).toISOString()
  const whole = Math.floor(ms)
  const minute = Math.floor(whole / MINUTE_MS)
  const place = minute % KEPT
  if (minutes[place] !== minute) {
    beginnings[place] = new Date(minute * MINUTE_MS).toISOString().slice(0, -'00.000Z'.length)
    minutes[place] = minute
  }
  const rest = whole - minute * MINUTE_MS
  const seconds = Math.floor(rest / 1000)
  const millis = rest - seconds * 1000
  return `${beginnings[place]}${seconds < 10 ? '0' : ''}${seconds}.${millis < 100 ? (millis < 10 ? '00' : '0') : ''}${millis}Z`
}

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
