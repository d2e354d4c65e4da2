/** What is in progress, and what comes next. */

import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { clockWords, roughly } from '../words/short.ts'
import { activeWork } from './store.ts'

export interface Coming {
  view: ProcessView
  /** Its place in a queue, or a time of day. */
  when: string
  /** Expected, or how it is known. */
  note: string
  atMs: number
}

/** Queues first, in their order; then what has a time. */
export function comesNext(views: Iterable<ProcessView>, nowMs: number, most: number): Coming[] {
  const all = [...views]
  const queued = all
    .filter(({ queuePosition }) => queuePosition !== null)
    .sort((a, b) => a.queuePosition! - b.queuePosition!)
    .map((view): Coming => {
      const { queue, queuePosition } = view
      const limit = queue?.limit ? queue.limit.replace(/^(type|owner) /, '') : 'queue'
      const start = queue?.expectedStartAt ?? null
      return {
        view,
        when: `${limit === 'global' ? 'queue' : limit} ${queuePosition}`,
        note: start === null ? '' : Date.parse(start) <= nowMs ? 'any moment' : `about ${clockWords(start)}`,
        atMs: 0,
      }
    })
  const timed = all
    .filter(
      ({ nextRunAt, queuePosition, status }) =>
        nextRunAt !== null && queuePosition === null && (isEnded(status) || status === 'pending'),
    )
    .map(
      (view): Coming => ({
        view,
        when: clockWords(view.nextRunAt!),
        note: `in ${roughly(Math.max(1000, Date.parse(view.nextRunAt!) - nowMs))}`,
        atMs: Date.parse(view.nextRunAt!),
      }),
    )
    .sort((a, b) => a.atMs - b.atMs)
  return [...queued, ...timed].slice(0, most)
}

/** Jobs that run, the nearest to their end first; those without an estimate last, in the order in which they were made. */
export const inProgress = (views: Iterable<ProcessView>): ProcessView[] =>
  activeWork(views)
    .filter(({ status }) => status !== 'pending')
    .sort((a, b) => (a.progress?.etaMs ?? Number.MAX_SAFE_INTEGER) - (b.progress?.etaMs ?? Number.MAX_SAFE_INTEGER))
