/** The rows of the list, from its groups; and how they keep their places while somebody points at them. */
import type { ProcessView } from '../protocol/view.ts'
import { type Cell, type Group, type Grouping, groupsOf } from './groups.ts'

export type ListRow =
  | { kind: 'group'; key: string; group: Group; folded: boolean }
  /** The instances of a set, as one. */
  | { kind: 'set'; key: string; cell: Cell; folded: boolean }
  | { kind: 'process'; key: string; view: ProcessView; child: boolean }

interface Layout {
  group: Grouping
  order(a: ProcessView, b: ProcessView): number
  /** Keys of groups that are closed, and of sets that are open: a set is closed until somebody looks into it. */
  closed: ReadonlySet<string>
  opened: ReadonlySet<string>
}

/** A set that is folded may not hide what is wrong in it: more than this many instances are one row. */
export const SET_FROM = 2

export function rowsOf(views: readonly ProcessView[], { group, order, closed, opened }: Layout): ListRow[] {
  const groups = groupsOf(views, group, order)
  return groups.flatMap((each): ListRow[] => {
    const folded = closed.has(each.key)
    const head: ListRow[] = group === 'none' ? [] : [{ kind: 'group', key: each.key, group: each, folded }]
    if (folded) return head
    const rows = each.cells.flatMap((cell): ListRow[] => {
      if (cell.views.length < SET_FROM) return [{ kind: 'process', key: cell.views[0]!.id, view: cell.views[0]!, child: false }]
      const open = opened.has(cell.key)
      const children = open
        ? [...cell.views]
            .sort((a, b) => (a.instance?.index ?? 0) - (b.instance?.index ?? 0))
            .map((view): ListRow => ({ kind: 'process', key: view.id, view, child: true }))
        : []
      return [{ kind: 'set', key: cell.key, cell, folded: !open }, ...children]
    })
    return [...head, ...rows]
  })
}

/**
 * Rows in the places that they had: what is gone leaves, what is new comes last in its group, nothing else moves. And how many would
 * stand elsewhere.
 */
export function held(rows: readonly ListRow[], places: readonly string[]): { rows: readonly ListRow[]; moved: number } {
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const kept = places.filter((key) => byKey.has(key))
  const known = new Set(kept)
  const order = [...kept]
  rows.forEach((row, index) => {
    if (known.has(row.key)) return
    // Behind its neighbour of the order that it belongs to.
    const before = index === 0 ? -1 : order.indexOf(rows[index - 1]!.key)
    order.splice(before + 1, 0, row.key)
    known.add(row.key)
  })
  let moved = 0
  rows.forEach((row, index) => {
    if (order[index] !== row.key && row.kind !== 'group') moved++
  })
  return { rows: order.map((key) => byKey.get(key)!), moved }
}
