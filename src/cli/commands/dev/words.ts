/** What stands between the lines of the programs: starts, crashes, readiness, restarts. Pure. */
import { formatDuration } from '../../../protocol/duration.ts'
import { hasFailed, type Status } from '../../../protocol/names.ts'
import { statusWord } from '../../../words/states.ts'

/** `1.2 s`, `850 ms`, `2m 5s`. */
export const tookWords = (ms: number): string =>
  ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms)

export function startedWords(name: string, run: number, pid: number, first: boolean): string {
  return first ? `${name} started (pid ${pid})` : `${name} started again (run ${run}, pid ${pid})`
}

/** `cannot start web: /srv/x does not exist; check the path` says it itself. */
const becauseWords = (name: string, reason: string | null, how: string): string =>
  reason === null ? `${name} ${how}` : reason.startsWith('cannot ') ? reason : `${name} ${how}: ${reason}`

export interface Retry {
  attempt: number
  of: number | null
  /** null = at once. */
  inMs: number | null
}

export function crashWords(name: string, reason: string | null, retry: Retry | null): string {
  const words = becauseWords(name, reason, 'ended')
  if (retry === null) return `${words}; it is started again`
  const when = retry.inMs === null || retry.inMs <= 0 ? 'now' : `in ${tookWords(retry.inMs)}`
  return `${words}; next attempt ${when}${retry.of === null ? '' : ` (${retry.attempt} of ${retry.of})`}`
}

export function endWords(name: string, to: Status, reason: string | null, ranMs: number | null): string | null {
  const took = ranMs === null ? '' : ` (${tookWords(ranMs)})`
  if (to === 'done') return `${name} done${took}`
  if (to === 'stopped' || to === 'cancelled') return `${name} ${to}${reason === null ? '' : `: ${reason}`}${took}`
  return hasFailed(to) ? becauseWords(name, reason, statusWord(to)) : null
}

/** `web ready at http://localhost:5173 (1.2 s)`, `redis ready on port 6379`. */
export function readyWords(name: string, at: { url: string | null; port: number | null }, tookMs: number | null): string {
  const where = at.url !== null ? ` at ${at.url}` : at.port !== null ? ` on port ${at.port}` : ''
  return `${name} ready${where}${tookMs === null ? '' : ` (${tookWords(tookMs)})`}`
}

/** `restarting: src/app.js changed`; null = it is ended for another reason. */
export function restartWords(name: string, reason: string | null): string | null {
  const why = /^restarting(?:: (.*)| with what depends on it)?$/s.exec(reason ?? '')
  return why === null ? null : `${name} restarts${why[1] ? `: ${why[1]}` : ''}`
}
