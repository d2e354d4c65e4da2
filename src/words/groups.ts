/** Processes put together: instances of one set, and what belongs to one project or owner. */
import type { ProcessView } from '../protocol/view.ts'
import { naturalOrder } from './natural-order.ts'
import { type State, severity, stateOf } from './states.ts'

export const GROUPINGS = ['project', 'owner', 'status', 'none'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** One process, or all instances of a set. */
export interface Cell {
  key: string
  name: string
  /** The worst of them first. */
  views: ProcessView[]
}

export interface Group {
  key: string
  name: string
  cells: Cell[]
  states: State[]
  cpu: number
  memory: number
}

/** A project is a word of its own before it is a tag. */
const NAMES: Record<Grouping, (view: ProcessView) => string> = {
  project: ({ project, tags }) => project ?? tags[0] ?? '',
  owner: ({ owner }) => owner,
  status: stateOf,
  none: () => '',
}

export const worstFirst = (a: ProcessView, b: ProcessView): number => severity(a) - severity(b) || naturalOrder(a.name, b.name)

/** In the order of the views; the worst of a set stands for it. */
export function cellsOf(views: readonly ProcessView[]): Cell[] {
  const cells = new Map<string, Cell>()
  // The first of a set that was made larger later stands for itself, under the name that the others share.
  const sets = new Set(views.map(({ instance }) => instance?.of))
  for (const view of views) {
    const set = view.instance?.of ?? (sets.has(view.name) ? view.name : undefined)
    const key = set === undefined ? view.id : `set ${set}`
    const cell = cells.get(key)
    if (cell) cell.views.push(view)
    else cells.set(key, { key, name: set ?? view.name, views: [view] })
  }
  return [...cells.values()]
}

/** By name; what belongs to none comes last. By status: the worst first. */
export function groupsOf(views: readonly ProcessView[], by: Grouping, order = worstFirst): Group[] {
  const groups = new Map<string, ProcessView[]>()
  for (const view of [...views].sort(order)) {
    const name = NAMES[by](view)
    const members = groups.get(name)
    if (members) members.push(view)
    else groups.set(name, [view])
  }
  const all = [...groups].map(([name, members]): Group => {
    const sum = (of: (view: ProcessView) => number | null): number => members.reduce((all, view) => all + (of(view) ?? 0), 0)
    return {
      key: `${by} ${name}`,
      name,
      cells: cellsOf(members),
      states: members.map(stateOf),
      cpu: sum(({ cpuPercent }) => cpuPercent),
      memory: sum(({ memoryBytes }) => memoryBytes),
    }
  })
  if (by === 'status') return all.sort((a, b) => severity(a.cells[0]!.views[0]!) - severity(b.cells[0]!.views[0]!))
  return all.sort((a, b) => Number(a.name === '') - Number(b.name === '') || naturalOrder(a.name, b.name))
}
