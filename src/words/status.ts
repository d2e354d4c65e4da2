/** A process's state in a few words that claim no more than is known. Unknown is `-`. */
import { formatDuration, formatSize } from '../protocol/duration.ts'
import type { PortView, ProcessView, WhyView } from '../protocol/view.ts'
import { clean } from './text.ts'
import { timeWords } from './time.ts'

export const UNKNOWN = '-'

/** `exit 1`, `SIGKILL`, or null when unknown. */
export function exitWords(view: Pick<ProcessView, 'exitCode' | 'signal'>): string | null {
  if (view.signal !== null) return view.signal
  return view.exitCode === null ? null : `exit ${view.exitCode}`
}

/** Errors for which ptrack ends a run itself: the exit code says nothing then. */
const ENDED_BY_US: ReadonlySet<string> = new Set([
  'NOT_READY',
  'UNHEALTHY',
  'MEMORY_LIMIT',
  'TIMEOUT',
  'PRE_START_FAILED',
  'POST_START_FAILED',
])

/** `(GET /health answered 500)`, while it matters. */
function failingCheck({ healthCheck }: ProcessView): string {
  // Missing from an older daemon.
  return healthCheck && !healthCheck.ok ? ` (${healthCheck.check} ${healthCheck.answer})` : ''
}

/** `unhealthy; GET /health answered 500, checked at 12:00:03`. */
export function healthWords({ health, healthCheck }: ProcessView, nowMs: number): string {
  if (!healthCheck) return health
  const { check, answer, at } = healthCheck
  return clean(`${health}; ${check} ${answer}, checked at ${timeWords(at, nowMs)}`)
}

function detail(view: ProcessView, nowMs: number, foldHealth: boolean): string {
  const exit = ENDED_BY_US.has(view.error?.code ?? '') ? null : exitWords(view)
  // A list has no room for a whole sentence: `cannot start web: /srv/x does not exist; check the path`.
  const why = view.reason?.replace(/^cannot start \S+: /, '').replace(/;.*$/s, '') ?? exit
  switch (view.status) {
    case 'retrying': {
      const due = view.retry ? Math.max(0, Date.parse(view.retry.nextAt) - nowMs) : null
      const of = view.retry?.of ? `, ${view.retry.attempt} of ${view.retry.of}` : ''
      // Whole seconds: tenths would only flicker.
      const when = due === null ? '' : ` in ${due < 1000 ? '<1s' : formatDuration(Math.ceil(due / 1000) * 1000)}`
      const because = exit ?? view.reason
      return `retrying${when}${because || of ? ` (${because ?? 'failed'}${of})` : ''}`
    }
    case 'pending':
      if (view.queuePosition !== null) return `pending (position ${view.queuePosition})`
      // Its reason is that time, as a date.
      return typeof view.nextRunAt === 'string' || view.reason === null ? 'pending' : `pending (${view.reason})`
    case 'running':
      if (view.reason === 'pausing') return 'running (pausing)'
      return view.health === 'unhealthy' && !foldHealth && view.reason !== null ? `running (${view.reason})` : 'running'
    case 'starting':
      return view.reason === 'pre-start' || view.reason === 'post-start'
        ? `starting (${view.reason})`
        : `starting${failingCheck(view)}`
    case 'done':
      return exit !== null && exit !== 'exit 0' ? `done (${exit})` : 'done'
    case 'stopped':
    case 'cancelled':
    case 'paused':
      return view.status
    default:
      return why ? `${view.status} (${why})` : view.status
  }
}

/** `, next in 3h`: the next scheduled start of an ended process. */
function nextWords(view: ProcessView, nowMs: number): string {
  const down = view.status === 'pending' || ENDED.has(view.status)
  // Missing from an older daemon.
  if (typeof view.nextRunAt !== 'string' || view.queuePosition !== null || !down) return ''
  return `, next in ${formatDuration(Math.max(1000, Math.ceil((Date.parse(view.nextRunAt) - nowMs) / 1000) * 1000))}`
}

/** `running`, `retrying in 3s (exit 1)`, `crash loop, retrying in 1m (exit 1)`; with `, unhealthy` if no column shows that. */
export function statusWords(view: ProcessView, nowMs: number, foldHealth = false): string {
  const loop = view.crashLoop ? 'crash loop, ' : ''
  const ill = view.status === 'running' && view.reason !== null ? ` (${view.reason})` : ''
  const sick = foldHealth && view.health === 'unhealthy' ? `, unhealthy${ill}` : ''
  return clean(`${loop}${detail(view, nowMs, foldHealth)}${sick}${nextWords(view, nowMs)}`)
}

/** What a run did that came to no good end: `run 3 timed out`. */
export function failureWords({ outcome }: Pick<WhyView['failures'][number], 'outcome'>): string {
  if (outcome === 'interrupted') return 'was interrupted'
  return outcome === 'timeout' ? 'timed out' : 'failed'
}

/** What a colour says of a status: well, wrong, ended on purpose, or in transition. */
export type Tone = 'good' | 'bad' | 'quiet' | 'busy'

export function statusTone(view: Pick<ProcessView, 'status' | 'health' | 'crashLoop'>): Tone {
  if (view.crashLoop || view.health === 'unhealthy') return 'bad'
  switch (view.status) {
    case 'running':
    case 'done':
      return 'good'
    case 'failed':
    case 'timeout':
    case 'interrupted':
      return 'bad'
    case 'stopped':
    case 'cancelled':
      return 'quiet'
    default:
      return 'busy'
  }
}

const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled', 'timeout', 'stopped', 'interrupted'])

/** How long it has been up; how long an ended job took; `-` for services that are down. */
export function uptimeMs(view: ProcessView, nowMs: number): number | null {
  if (view.startedAt === null || view.status === 'pending' || view.status === 'retrying') return null
  if (ENDED.has(view.status))
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
