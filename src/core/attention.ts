/** What went wrong with a process and is not over, and whether somebody has seen it. */
import { limits } from '../protocol/limits.ts'
import { hasFailed } from '../protocol/names.ts'
import type { FailureView, ProcessView } from '../protocol/view.ts'
import { iso } from './iso.ts'
import type { ProcessRecord } from './world.ts'

/** Last lines of a run that failed. */
export interface FailureLines {
  run: number
  lines: string[]
}

/** Of the last run, unless another one has got further since. */
export function failureOf({ runs, tracked }: ProcessRecord, kept: FailureLines | null): FailureView | null {
  const last = runs.at(-1)
  const { status } = tracked.state
  if (last === undefined || !hasFailed(last.outcome)) return null
  if (!hasFailed(status) && status !== 'retrying' && !tracked.crashLoop) return null
  let same = 1
  while (isLike(runs.at(-1 - same), last)) same++
  return {
    run: last.ref.number,
    at: iso(last.endedAtMs),
    reason: last.reason,
    lines: kept?.run === last.ref.number ? kept.lines.slice(-limits.failureLines) : [],
    same,
  }
}

const isLike = (run: ProcessRecord['runs'][number] | undefined, last: ProcessRecord['runs'][number]): boolean =>
  run !== undefined && run.outcome === last.outcome && run.reason === last.reason

/** A mark holds for the trouble that was seen: a crash loop until it is over, anything else in that run. */
export function seenOf({ seen, tracked }: ProcessRecord): ProcessView['seen'] {
  if (seen === undefined) return null
  const holds = seen.crashLoop ? tracked.crashLoop : seen.run === tracked.runNumber
  return holds ? { at: iso(seen.atMs), by: seen.by } : null
}
