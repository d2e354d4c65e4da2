/** Waits, pauses and times of bad health, read out of a process's timeline. */
import { isEnded } from '../protocol/names.ts'
import type { RunSpan } from '../protocol/overview.ts'
import type { TimelineEntry } from '../protocol/view.ts'

const WAITS: ReadonlySet<string> = new Set(['pending', 'retrying'])

/** Those of one run, the wait before it first. `endedAt`: null while it lives. */
export function spansOf(timeline: readonly TimelineEntry[], run: number, endedAt: string | null): RunSpan[] {
  const spans: RunSpan[] = []
  let waitingSince: string | null = null
  let paused: RunSpan | null = null
  let unhealthy: RunSpan | null = null
  const begin = (kind: RunSpan['kind'], from: string): RunSpan => {
    const span: RunSpan = { kind, from, to: null }
    spans.push(span)
    return span
  }
  for (const { at, status, run: number, health } of timeline) {
    if (WAITS.has(status)) {
      waitingSince ??= at
      continue
    }
    if (waitingSince !== null) {
      // What was waiting and is cancelled had no run.
      if (number === run && !isEnded(status)) spans.push({ kind: 'waiting', from: waitingSince, to: at })
      waitingSince = null
    }
    if (number !== run) continue
    if (unhealthy === null && health === 'unhealthy') unhealthy = begin('unhealthy', at)
    else if (unhealthy !== null && health !== undefined && health !== 'unhealthy') {
      unhealthy.to = at
      unhealthy = null
    }
    if (paused === null && status === 'paused') paused = begin('paused', at)
    else if (paused !== null && status !== 'paused') {
      paused.to = at
      paused = null
    }
  }
  for (const span of spans) span.to ??= endedAt
  return spans
}

/** Since when it waits for its next run; null = it does not. */
export function waitingSince(timeline: readonly TimelineEntry[]): string | null {
  let since: string | null = null
  for (const { at, status } of timeline) since = WAITS.has(status) ? (since ?? at) : null
  return since
}
