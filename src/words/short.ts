/** Counts, times and shares for people, where the views have them shorter than the CLI. */
import { formatDuration } from '../protocol/duration.ts'

/** `1 restart`, `1,204 restarts`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

const DAY_MS = 86_400_000
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `6m ago` for a day, then `Tue 24 Nov`, with the year when it is another. */
export function agoWords(iso: string, nowMs: number): string {
  const at = new Date(iso)
  const ms = nowMs - at.getTime()
  if (ms < 10_000) return 'just now'
  if (ms < DAY_MS) return `${roughly(ms)} ago`
  return `${dayWords(iso)}${at.getFullYear() === new Date(nowMs).getFullYear() ? '' : ` ${at.getFullYear()}`}`
}

/** `Tue 24 Nov`. */
export function dayWords(iso: string): string {
  const at = new Date(iso)
  return `${DAYS[at.getDay()]} ${at.getDate()} ${MONTHS[at.getMonth()]}`
}

/** One unit: what is long ago needs no seconds. */
export function roughly(ms: number): string {
  return formatDuration(ms >= 60_000 ? Math.floor(ms / 60_000) * 60_000 : Math.floor(ms / 1000) * 1000).replace(/ .*/, '')
}

/** `14:27`. */
export function clockWords(iso: string): string {
  const at = new Date(iso)
  return [at.getHours(), at.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':')
}

/** Of a whole, where 0 and 100 are only what is exactly that. */
export const shareWords = (part: number, whole: number): string => {
  const percent = (part / whole) * 100
  return `${percent > 0 && percent < 1 ? 1 : percent < 100 ? Math.min(99, Math.round(percent)) : 100}%`
}
