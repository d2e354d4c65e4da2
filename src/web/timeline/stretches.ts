/** What a process did, as stretches of time: runs, and what they were besides, each with a form of its own. */
import { hasFailed } from '../../protocol/names.ts'
import type { RunSpan, TimelineProcess, TimelineRun } from '../../protocol/overview.ts'
import type { Hue } from '../../words/states.ts'

export interface Stretch {
  class: Hue | 'sick' | 'wait' | 'plan' | 'paused'
  fromMs: number
  toMs: number
  /** Of the bar, within a lane: what is worse is taller. */
  height: number
  /** Null for a wait that no run has followed yet. */
  run: TimelineRun | null
}

export const LANE_PX = 28

const ms = (iso: string): number => Date.parse(iso)

export function classOf({ outcome }: Pick<TimelineRun, 'outcome'>): Stretch['class'] {
  if (outcome === null) return 'run'
  if (outcome === 'interrupted') return 'lost'
  if (hasFailed(outcome)) return 'bad'
  return outcome === 'cancelled' ? 'off' : 'done'
}

interface Limits {
  fromMs: number
  /** Runs, the newest. */
  most?: number
  /** How the present run is shown, such as `move` while it starts. */
  live?: Stretch['class']
}

/** A service is a thread, a job a block, a failure taller than both; oldest first, what lies above others after them. */
export function stretchesOf({ kind, runs, waiting }: TimelineProcess, nowMs: number, { fromMs, most, live }: Limits): Stretch[] {
  const tall = kind === 'service' ? 4 : 12
  const all: Stretch[] = []
  const shown = runs.filter(({ endedAt }) => endedAt === null || ms(endedAt) >= fromMs)
  for (const run of most === undefined ? shown : shown.slice(-most)) {
    const add = (name: Stretch['class'], from: number, to: number, height: number): void => {
      all.push({ class: name, fromMs: from, toMs: Math.max(from, to), height, run })
    }
    const spans = (what: RunSpan['kind'], name: Stretch['class'], height: number): void => {
      for (const { kind: each, from, to } of run.spans)
        if (each === what && (to === null || ms(to) >= fromMs)) add(name, ms(from), to === null ? nowMs : ms(to), height)
    }
    const name = run.endedAt === null && live !== undefined ? live : classOf(run)
    spans('waiting', 'wait', tall)
    add(name, ms(run.startedAt), run.endedAt === null ? nowMs : ms(run.endedAt), heightOf(name, tall))
    spans('paused', 'paused', 12)
    spans('unhealthy', 'sick', 16)
    if (run.expectedEndAt !== null && run.endedAt === null) add('plan', nowMs, ms(run.expectedEndAt), 12)
  }
  if (waiting !== null) all.push({ class: 'wait', fromMs: ms(waiting.since), toMs: nowMs, height: tall, run: null })
  return all
}

function heightOf(name: Stretch['class'], tall: number): number {
  if (name === 'bad' || name === 'lost') return 16
  if (name === 'move') return 12
  return name === 'off' ? Math.min(tall, 6) : tall
}
