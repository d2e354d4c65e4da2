/** Counts, times and shares for people, where the page has them beside the words of the CLI. */
import { formatDuration } from '../protocol/duration.ts'
import type { ProcessView } from '../protocol/view.ts'
import { STATES, stateOf } from '../words/states.ts'
import { statusWords } from '../words/status.ts'
import { sentence } from '../words/text.ts'
import { timeWords } from '../words/time.ts'

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

/**
 * What is to be said of a state beside its word: `restarting in 4s: exit code 1, 3rd failure of 15` of a crash loop, `exit code 3` of a failure.
 * While the daemon is away nothing counts down: there it says at which time it was to begin.
 */
export function whyWords(view: ProcessView, nowMs: number, isAway = false): string {
  if (isAway && view.retry !== null && view.status === 'retrying') {
    const last = statusWords(view, nowMs, true).replace(/^.*? in [^:,]*/, '')
    return sentence(`was to restart at ${timeWords(view.retry.nextAt, nowMs)}${last}`)
  }
  const words = statusWords(view, nowMs, true)
  const { word } = STATES[stateOf(view)]
  if (!words.startsWith(word)) return sentence(words)
  return sentence(
    words
      .slice(word.length)
      .replace(/^[:,]? /, '')
      .replace(/^next in /, 'restarting in '),
  )
}

/** Of a whole, where 0 and 100 are only what is exactly that. */
export const shareWords = (part: number, whole: number): string => {
  const percent = (part / whole) * 100
  return `${percent > 0 && percent < 1 ? 1 : percent < 100 ? Math.min(99, Math.round(percent)) : 100}%`
}
