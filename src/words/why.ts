/** Why a process is as it is, beside the word of its state. */
import { formatDuration } from '../protocol/duration.ts'
import { isEnded } from '../protocol/names.ts'
import type { CheckView, ProcessView } from '../protocol/view.ts'
import { counted } from './short.ts'
import { STATES, stateOf } from './states.ts'
import { statusWords } from './status.ts'
import { sentence } from './text.ts'
import { timeWords } from './time.ts'

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

/** The same in sentences, with the failing check of what is unhealthy. */
export function reasonOf(view: ProcessView, check: CheckView | null, nowMs: number, isAway: boolean): string {
  const { failure } = view
  if (check !== null) {
    const lasted = formatDuration(Math.max(1000, nowMs - Date.parse(check.since)))
    return `${check.check} ${check.answer} for ${lasted}: ${counted(check.failures, 'check')} in a row.`
  }
  const now = whyWords(view, nowMs, isAway) || sentence(STATES[stateOf(view)].word)
  // Of one that runs again already, how it ended the last time.
  const last = view.status !== 'retrying' && !isEnded(view.status) && failure?.reason ? ` Before that: ${failure.reason}.` : ''
  const same = failure !== null && failure.same > 1 ? ` ${counted(failure.same, 'run')} in a row ended like this.` : ''
  return `${now.replace(/\.$/, '')}.${last}${same}`
}
