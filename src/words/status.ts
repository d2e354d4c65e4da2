/** A process's state in a few words that claim no more than is known. Unknown is `-`. */
import { formatDuration, formatSize } from '../protocol/duration.ts'
import { isEnded } from '../protocol/names.ts'
import type { PortView, ProcessView, WhyView } from '../protocol/view.ts'
import { type Condition, type Hue, STATES, stateOf } from './states.ts'
import { clean } from './text.ts'
import { timeWords } from './time.ts'

export const UNKNOWN = '-'

/** `exit code 1`, `SIGKILL`, or null when unknown. */
export function exitWords(view: Pick<ProcessView, 'exitCode' | 'signal'>): string | null {
  if (view.signal !== null) return view.signal
  return view.exitCode === null ? null : `exit code ${view.exitCode}`
}

/** In a column of exits: `1`, `SIGKILL`. */
export const exitFigure = ({ signal, exitCode }: Pick<ProcessView, 'exitCode' | 'signal'>): string =>
  signal ?? (exitCode === null ? UNKNOWN : String(exitCode))

/** Errors for which ptrack ends a run itself: the exit code says nothing then. */
const ENDED_BY_US: ReadonlySet<string> = new Set([
  'NOT_READY',
  'UNHEALTHY',
  'MEMORY_LIMIT',
  'TIMEOUT',
  'PRE_START_FAILED',
  'POST_START_FAILED',
])

/** `GET /health answered 500`, while it matters. */
function failingCheck({ healthCheck }: ProcessView): string | null {
  // Missing from an older daemon.
  return healthCheck && !healthCheck.ok ? `${healthCheck.check} ${healthCheck.answer}` : null
}

/** `unhealthy; GET /health answered 500, checked at 12:00:03`. */
export function healthWords({ health, healthCheck }: ProcessView, nowMs: number): string {
  if (!healthCheck) return health
  const { check, answer, at } = healthCheck
  return clean(`${health}; ${check} ${answer}, checked at ${timeWords(at, nowMs)}`)
}

const ORDINALS = ['th', 'st', 'nd', 'rd']

/** `3rd`. */
export function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14
  return `${n}${(teen ? null : ORDINALS[n % 10]) ?? 'th'}`
}

/** Whole seconds: tenths would only flicker. */
const secondsWords = (ms: number): string => (ms < 1000 ? '<1s' : formatDuration(Math.ceil(ms / 1000) * 1000))

/** `exit code 1, 3rd failure of 15`: why another run comes, and how often that is allowed. */
function retryWords({ kind, retry, reason }: ProcessView, exit: string | null): string {
  const count = !retry?.of
    ? null
    : kind === 'job'
      ? `attempt ${retry.attempt} of ${retry.of}`
      : `${ordinal(retry.attempt)} failure of ${retry.of}`
  return [exit ?? reason, count].filter(Boolean).join(', ')
}

/** What follows the word of a status: when the next run begins, then why. */
function detail(view: ProcessView, nowMs: number, foldHealth: boolean): { more?: string; why?: string | null } {
  const exit = ENDED_BY_US.has(view.error?.code ?? '') ? null : exitWords(view)
  switch (view.status) {
    case 'retrying': {
      const more = view.retry ? ` in ${secondsWords(Math.max(0, Date.parse(view.retry.nextAt) - nowMs))}` : ''
      return { more, why: retryWords(view, exit) }
    }
    case 'pending':
      if (view.queuePosition !== null) return { why: `position ${view.queuePosition}` }
      // Its reason is that time, as a date.
      return typeof view.nextRunAt === 'string' ? {} : { why: view.reason }
    case 'running':
      if (view.reason === 'pausing') return { more: ', pausing' }
      return view.health === 'unhealthy' || foldHealth ? { why: view.health === 'unhealthy' ? view.reason : null } : {}
    case 'starting':
      return { why: view.reason === 'pre-start' || view.reason === 'post-start' ? view.reason : failingCheck(view) }
    case 'completing':
      return { why: view.reason === 'cancelling' ? null : view.reason }
    case 'done':
      return { why: exit === 'exit code 0' ? null : exit }
    case 'stopped':
    case 'cancelled':
    case 'paused':
      return {}
    default:
      return { why: view.reason ?? exit }
  }
}

/** `, next in 3h`: the next scheduled start of an ended process. */
function nextWords(view: ProcessView, nowMs: number): string {
  const down = view.status === 'pending' || isEnded(view.status)
  // Missing from an older daemon.
  if (typeof view.nextRunAt !== 'string' || view.queuePosition !== null || !down) return ''
  return `, next in ${formatDuration(Math.max(1000, Math.ceil((Date.parse(view.nextRunAt) - nowMs) / 1000) * 1000))}`
}

/** The state in a word or after a name, and what is to be said of it. */
function parts(view: ProcessView, nowMs: number, foldHealth: boolean): { word: string; clause: string; rest: string } {
  const { more = '', why } = detail(view, nowMs, foldHealth)
  const state = stateOf(view)
  const plain = STATES[state === 'crash loop' || (state === 'unhealthy' && !foldHealth) ? view.status : state]
  const isRestart = view.status === 'retrying' && view.kind !== 'job'
  const word = isRestart ? 'restarting' : plain.word
  // A list has no room for a whole sentence: `cannot start web: /srv/x does not exist; check the path`.
  const short = why?.replace(/^cannot start \S+: /, '').replace(/;.*$/s, '')
  // `waiting for db to be healthy`, not `waiting: waiting for db`.
  const because = !short ? '' : short.startsWith(`${word} `) ? short.slice(word.length) : `: ${short}`
  const sick = foldHealth && view.health === 'unhealthy' && state !== 'unhealthy' ? ', unhealthy' : ''
  const rest = `${more}${because}${sick}${nextWords(view, nowMs)}`
  // The word for a restart would take the room of its time.
  if (state === 'crash loop') return { ...STATES[state], rest: `, ${view.status === 'retrying' ? 'next' : word}${rest}` }
  return { word, clause: isRestart ? 'is restarting' : plain.clause, rest }
}

/** `running`, `restarting in 3s: exit code 1`, `crash loop, next in 1m: exit code 1`; `unhealthy` if no column shows that. */
export function statusWords(view: ProcessView, nowMs: number, foldHealth = false): string {
  const { word, rest } = parts(view, nowMs, foldHealth)
  return clean(`${word}${rest}`)
}

/** After its name: `has failed: exit code 3`, `is in a crash loop, next in 1m: exit code 1`. */
export function statusClause(view: ProcessView, nowMs: number): string {
  const { clause, rest } = parts(view, nowMs, true)
  return clean(`${clause}${rest}`)
}

/** What a run did that came to no good end: `run 3 timed out`. */
export function failureWords({ outcome }: Pick<WhyView['failures'][number], 'outcome'>): string {
  if (outcome === 'interrupted') return 'was interrupted'
  return outcome === 'timeout' ? 'timed out' : 'failed'
}

export const hueOf = (view: Condition): Hue => STATES[stateOf(view)].hue

/** How long it has been up; how long an ended job took; `-` for services that are down. */
export function uptimeMs(view: ProcessView, nowMs: number): number | null {
  if (view.startedAt === null || view.status === 'pending' || view.status === 'retrying') return null
  if (isEnded(view.status))
    return view.kind === 'service' || view.endedAt === null ? null : Date.parse(view.endedAt) - Date.parse(view.startedAt)
  return Math.max(0, nowMs - Date.parse(view.startedAt))
}

export const durationWords = (ms: number | null): string => (ms === null ? UNKNOWN : formatDuration(ms))
export const sizeWords = (bytes: number | null): string => (bytes === null ? UNKNOWN : formatSize(bytes))
export const percentWords = (percent: number | null): string =>
  percent === null ? UNKNOWN : `${percent < 10 ? percent.toFixed(1) : Math.round(percent)}%`

export function portWords(port: PortView, ownPid: number | null): string {
  if (port.open === null) return String(port.port)
  if (!port.open) return `${port.port} closed`
  return port.heldBy !== null && ownPid === null ? `${port.port} held by ${port.heldBy}` : String(port.port)
}
