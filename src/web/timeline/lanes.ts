/** Lanes: the rows of the list with what the daemon knows of their runs, and what is gone but has run in this time. */
import type { TimelineProcess, TimelineRun } from '../../protocol/overview.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { ListRow } from '../../words/list-rows.ts'
import { naturalOrder } from '../../words/natural-order.ts'
import { STATES } from '../../words/states.ts'
import { type Stretch, stretchesOf } from './stretches.ts'

/** A process that was deleted: its row of history stays. */
export interface GoneRow {
  kind: 'gone'
  key: string
  process: TimelineProcess
}
/** Above those. */
export interface GoneHead {
  kind: 'goneHead'
  key: string
  count: number
}
export type LaneRow = ListRow | GoneRow | GoneHead

export function goneRows(processes: readonly TimelineProcess[], isKnown: (id: string) => boolean): (GoneHead | GoneRow)[] {
  const rows = processes
    .filter(({ id, runs }) => !isKnown(id) && runs.length > 0)
    .sort((a, b) => naturalOrder(a.fullName, b.fullName))
    .map((process): GoneRow => ({ kind: 'gone', key: `gone ${process.id}`, process }))
  return rows.length === 0 ? [] : [{ kind: 'goneHead', key: 'gone', count: rows.length }, ...rows]
}

/** Of a row: of one process, or of each of a set. */
export function membersOf(
  row: LaneRow,
  of: (id: string) => TimelineProcess | undefined,
  nowMs: number,
  fromMs: number,
): { name: string; stretches: Stretch[] }[] {
  if (row.kind === 'gone') return [{ name: row.process.fullName, stretches: stretchesOf(row.process, nowMs, { fromMs }) }]
  const views = row.kind === 'process' ? [row.view] : row.kind === 'set' ? inOrder(row.cell.views) : []
  return views.map((view) => {
    const process = of(view.id)
    return {
      name: view.name,
      stretches: process === undefined ? [] : stretchesOf(process, nowMs, { fromMs, live: liveOf(view) }),
    }
  })
}

const inOrder = (views: readonly ProcessView[]): ProcessView[] =>
  [...views].sort((a, b) => (a.instance?.index ?? 0) - (b.instance?.index ?? 0))

/** Health and pauses have spans of their own; what starts or ends is in transition. */
function liveOf(view: ProcessView): Stretch['class'] {
  return view.status === 'starting' || view.status === 'completing' ? 'move' : 'run'
}

/** A stretch that somebody points at, of the process of that name. */
export interface Pointed {
  key: string
  name: string
  stretch: Stretch
}

export interface Spoken {
  name: string
  stretches: readonly Stretch[]
}

const WRONG: readonly (readonly [Stretch['class'], string])[] = [
  ['bad', 'failed'],
  ['lost', 'interrupted'],
  ['sick', 'unhealthy'],
]

/** What a lane shows, as a sentence. */
export function laneWords(name: string, members: readonly Spoken[], fromMs: number, toMs: number): string {
  const seen = members.flatMap(({ stretches }) => stretches).filter((each) => each.toMs >= fromMs && each.fromMs <= toMs)
  const runs = new Set(seen.flatMap(({ run }) => (run === null ? [] : [run])))
  const said = WRONG.map(([kind, word]) => [seen.filter((each) => each.class === kind).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
  return `${name}: ${[`${runs.size} ${runs.size === 1 ? 'run' : 'runs'}`, ...said].join(', ')}`
}

/** The run before or after one, of all of a lane in the order of their beginnings. */
export function runAfter(
  members: readonly Spoken[],
  current: TimelineRun | null,
  step: 1 | -1,
  fromMs: number,
  toMs: number,
): { name: string; run: TimelineRun } | null {
  const all = members
    .flatMap(({ name, stretches }) => stretches.flatMap(({ run }) => (run === null ? [] : [{ name, run }])))
    .filter(({ run }, index, every) => every.findIndex((each) => each.run === run) === index)
    .filter(({ run }) => Date.parse(run.startedAt) <= toMs && (run.endedAt === null || Date.parse(run.endedAt) >= fromMs))
    .sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt))
  const at = all.findIndex(({ run }) => run.runId === current?.runId)
  if (at < 0) return (step === 1 ? all[0] : all.at(-1)) ?? null
  return all[at + step] ?? all[at] ?? null
}

/** `Failed`, `Running`, `Unhealthy`: what a stretch is. */
export const stretchWords = ({ class: name, run }: Stretch): string => {
  if (name === 'sick') return STATES.unhealthy.word
  if (name === 'wait') return 'waiting'
  if (name === 'paused') return 'paused'
  if (name === 'plan') return 'expected'
  if (name === 'move') return 'in transition'
  return run?.outcome == null ? STATES.running.word : STATES[run.outcome].word
}
