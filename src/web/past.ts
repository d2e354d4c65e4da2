/** The last hour from the runs of the timeline: what happened, newest first, and bars along the time. */

import { formatDuration } from '../protocol/duration.ts'
import { hasFailed } from '../protocol/names.ts'
import type { TimelineProcess, TimelineRun } from '../protocol/overview.ts'
import type { State } from '../words/states.ts'
import { STATES } from '../words/states.ts'
import { LANE_PX, type Stretch, stretchesOf } from './timeline/stretches.ts'

export interface Happening {
  key: string
  name: string
  state: State
  text: string
  /** Of several alike: the first and the last. */
  fromMs: number
  atMs: number
}

const ms = (iso: string): number => Date.parse(iso)

function ended(name: string, run: TimelineRun): Happening {
  const state = run.outcome as State
  const took = formatDuration(ms(run.endedAt!) - ms(run.startedAt))
  const text = hasFailed(state)
    ? `${STATES[state].word}${run.reason ? `: ${run.reason}` : ''}`
    : `${STATES[state].word} after ${took}`
  return { key: run.runId, name, state, text, fromMs: ms(run.endedAt!), atMs: ms(run.endedAt!) }
}

/** Ends of the same kind in a row are one. */
function folded(all: readonly Happening[]): Happening[] {
  const kept: (Happening & { count: number; plain: string })[] = []
  for (const each of all) {
    const last = kept.at(-1)
    const plain = each.text.replace(/ after .*/, '')
    if (last?.plain === plain) {
      last.count++
      last.atMs = each.atMs
      last.text = plain.replace(STATES[each.state].word, (word) => `${word} ${last.count} times`)
    } else kept.push({ ...each, count: 1, plain })
  }
  return kept
}

export function happened(processes: readonly TimelineProcess[], sinceMs: number, most: number): Happening[] {
  const all: Happening[] = []
  for (const { fullName: name, runs, kind } of processes) {
    const ends = runs.filter(({ endedAt }) => endedAt !== null && ms(endedAt) >= sinceMs).map((run) => ended(name, run))
    all.push(...folded(ends))
    for (const run of runs) {
      const sick = run.spans.filter(({ kind: what, from }) => what === 'unhealthy' && ms(from) >= sinceMs)
      for (const { from } of sick)
        all.push({
          key: `${run.runId} ${from}`,
          name,
          state: 'unhealthy',
          text: 'turned unhealthy',
          fromMs: ms(from),
          atMs: ms(from),
        })
    }
    const last = runs.at(-1)
    if (last && last.endedAt === null && ms(last.startedAt) >= sinceMs)
      all.push({
        key: `${last.runId} start`,
        name,
        state: 'running',
        text: kind === 'service' && last.run > 1 ? `started, run ${last.run}` : 'started',
        fromMs: ms(last.startedAt),
        atMs: ms(last.startedAt),
      })
  }
  return all.sort((a, b) => b.atMs - a.atMs).slice(0, most)
}

export interface Bar {
  class: Stretch['class']
  /** Percent of the width. */
  x: number
  width: number
  y: number
  height: number
}

/** Along the time of an overview, in percent of its width. */
export function barsOf(process: TimelineProcess, fromMs: number, nowMs: number, toMs: number): Bar[] {
  const whole = toMs - fromMs
  const at = (time: number): number => Math.round(((Math.min(toMs, Math.max(fromMs, time)) - fromMs) / whole) * 1000) / 10
  return stretchesOf(process, nowMs, { fromMs, most: MOST_RUNS }).map(({ class: name, fromMs: from, toMs: to, height }) => ({
    class: name,
    x: at(from),
    width: Math.max(0.3, Math.round((at(to) - at(from)) * 10) / 10),
    y: (LANE_PX - height) / 2,
    height,
  }))
}

/** As many as are drawn of a process that fails again and again. */
const MOST_RUNS = 24

/** Something began, ended or changed in this time. */
export const isEventful = ({ runs, waiting }: TimelineProcess, fromMs: number): boolean =>
  waiting !== null ||
  runs.some(
    ({ startedAt, endedAt, spans }) =>
      ms(startedAt) >= fromMs ||
      (endedAt !== null && ms(endedAt) >= fromMs) ||
      spans.some(({ from, to }) => ms(from) >= fromMs || to === null),
  )

/** Times on the axis: whole quarters of an hour. */
export function ticksOf(fromMs: number, nowMs: number, toMs: number): { text: string; x: number }[] {
  const QUARTER_MS = 900_000
  const ticks = []
  for (let at = Math.ceil(fromMs / QUARTER_MS) * QUARTER_MS; at < nowMs - QUARTER_MS / 4; at += QUARTER_MS) {
    const x = Math.round(((at - fromMs) / (toMs - fromMs)) * 1000) / 10
    const date = new Date(at)
    if (x > 3) ticks.push({ x, text: [date.getHours(), date.getMinutes()].map((n) => String(n).padStart(2, '0')).join(':') })
  }
  return ticks
}
