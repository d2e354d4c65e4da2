/** The columns of the list by the width: they do not depend on the figures, so that nothing jumps. */

import { shortName } from '../../protocol/project.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { ListRow } from '../../words/list-rows.ts'
import type { SortKey } from '../../words/sort.ts'
import { stateOf } from '../../words/states.ts'
import { hueOf, percentWords, sizeWords } from '../../words/status.ts'
import type { Model } from '../model.ts'
import { isGrouped, listed, needsYou, viewsOf } from '../rows.ts'
import { plain, toWidth, widthOf } from '../text.ts'
import { setCell, sparkCell, stateBar, stateCell, stripCell, timeCell } from './cells.ts'

export interface Column {
  key: string
  title: string
  /** A click on its head sorts by it. */
  sort: SortKey | null
  width: number
  align: 'left' | 'right'
  cell(row: ListRow, width: number): string
}

/** Before the name: what is selected or marked, and the mark of its state. */
const LEAD = 3
const NAME = { least: 12, good: 20, most: 30 }
const STATUS = { least: 20, good: 38, most: 60 }
const SPARK = 8
/** From this width of the list on there is room for the last runs. */
export const STRIP_FROM = 96
const STRIP = { narrow: 12, wide: 16 }

interface Optional extends Omit<Column, 'width'> {
  width: number
  /** Of the room that is left beside a good status. */
  wide?: number
}

const sum = (views: readonly ProcessView[], of: (view: ProcessView) => number | null): number | null => {
  const known = views.map(of).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((all, value) => all + value, 0)
}

/** In the order in which they get room. */
function optionals(model: Model, width: number): Optional[] {
  const { theme, samples, strips, nowMs } = model
  const figure =
    (of: 'cpu' | 'memory', words: (value: number | null) => string, room: number) => (row: ListRow, width: number) => {
      const views = viewsOf(row)
      const value = sum(views, of === 'cpu' ? ({ cpuPercent }) => cpuPercent : ({ memoryBytes }) => memoryBytes)
      // Nothing is not shown as a figure.
      const text = toWidth(value === null || value < 0.05 ? '' : words(value), room, 'right')
      if (width < room + SPARK + 1) return text
      const values = row.kind === 'process' ? (samples.get(row.view.id)?.[of] ?? []) : []
      return `${sparkCell(values, of, SPARK, theme)} ${text}`
    }
  const all: Optional[] = [
    {
      key: 'time',
      title: 'Up, ended',
      sort: 'uptime',
      width: 10,
      align: 'right',
      cell: (row) => (row.kind === 'process' ? timeCell(row.view, nowMs) : ''),
    },
    {
      key: 'cpu',
      title: 'CPU',
      sort: 'cpu',
      width: 5,
      wide: 5 + SPARK + 1,
      align: 'right',
      cell: figure('cpu', percentWords, 5),
    },
    { key: 'memory', title: 'Memory', sort: 'memory', width: 7, align: 'right', cell: figure('memory', sizeWords, 7) },
    {
      key: 'runs',
      title: 'Last runs',
      sort: null,
      width: STRIP.narrow,
      wide: STRIP.wide,
      align: 'left',
      cell: (row, width) => {
        const [view] = row.kind === 'process' ? [row.view] : row.kind === 'set' ? row.cell.views : []
        return stripCell(view === undefined ? [] : (strips.get(view.id) ?? []), width, theme)
      },
    },
    {
      key: 'restarts',
      title: 'Restarts',
      sort: 'restarts',
      width: 8,
      align: 'right',
      cell: (row) => {
        const restarts = sum(viewsOf(row), (view) => view.restarts) ?? 0
        return restarts === 0 ? '' : String(restarts)
      },
    },
  ]
  return all.filter(({ key }) => {
    if (key === 'runs') return width >= STRIP_FROM
    return key !== 'restarts' || model.sort === 'restarts'
  })
}

/** From left to right, whatever got its room first. */
const ORDER = ['runs', 'cpu', 'memory', 'restarts', 'time']

/** Columns before the name of this row. */
const indentOf = (row: ListRow, grouped: boolean): number =>
  LEAD + (grouped && row.kind !== 'group' ? 1 : 0) + (row.kind === 'process' && row.child ? 2 : 0)

/** `shop-api ×4`; inside its project the short name. */
export function nameOf(row: ListRow, model: Model, grouped: boolean): string {
  if (row.kind === 'group') return row.group.name === '' ? 'No project' : plain(row.group.name)
  const name = row.kind === 'process' ? row.view.name : row.cell.name
  const isShort =
    grouped && row.kind !== 'process' ? viewsOf(row)[0]!.project !== null : row.kind === 'process' && row.view.project !== null
  const shown = plain(grouped && isShort ? shortName(name) : name)
  return row.kind === 'set' ? `${shown} ${model.theme.times}${row.cell.views.length}` : shown
}

const longest = new WeakMap<readonly ListRow[], number>()
function longestName(model: Model, rows: readonly ListRow[], grouped: boolean): number {
  const before = longest.get(rows)
  if (before !== undefined) return before
  const most = rows.reduce(
    (width, row) => Math.max(width, indentOf(row, grouped) - LEAD + widthOf(nameOf(row, model, grouped))),
    0,
  )
  longest.set(rows, most)
  return most
}

export function columnsOf(model: Model, width: number): { columns: Column[]; gap: number } {
  const gap = width < STRIP_FROM ? 1 : 2
  const rows = listed(model)
  const grouped = isGrouped(model)
  const name = Math.min(NAME.most, Math.max(NAME.least, longestName(model, rows, grouped)))
  let left = width - LEAD - gap - STATUS.least - Math.min(name, NAME.good)
  const chosen: Optional[] = []
  for (const one of optionals(model, width)) {
    // The reason of a failure is more important than all but the time.
    const kept = one.key === 'time' || one.sort === model.sort ? 0 : STATUS.good - STATUS.least
    if (one.width + gap + kept > left) continue
    chosen.push({ ...one })
    left -= one.width + gap
  }
  const take = (most: number): number => {
    const taken = Math.max(0, Math.min(left, most))
    left -= taken
    return taken
  }
  const named = Math.min(name, NAME.good) + take(name - Math.min(name, NAME.good))
  let status = STATUS.least + take(STATUS.good - STATUS.least)
  for (const one of chosen) if (one.wide !== undefined && left >= one.wide - one.width) one.width += take(one.wide - one.width)
  status += take(STATUS.most - status)
  const columns: Column[] = [
    {
      key: 'name',
      title: 'Name',
      sort: 'name',
      width: named + LEAD,
      align: 'left',
      cell: (row, room) => nameCell(row, model, grouped, room),
    },
    {
      key: 'status',
      title: 'Status',
      sort: 'status',
      width: status + left,
      align: 'left',
      cell: (row, room) =>
        row.kind === 'group'
          ? stateBar(row.group.states, Math.min(room - 2, 40), model.theme)
          : row.kind === 'set'
            ? setCell(row.cell.views, model)
            : stateCell(row.view, model, room),
    },
    ...chosen.sort((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key)),
  ]
  return { columns, gap }
}

function nameCell(row: ListRow, model: Model, grouped: boolean, room: number): string {
  const { theme, marked } = model
  const isSelected = row.key === model.selected
  const isMarked = marked.size > 0 && viewsOf(row).every(({ id }) => marked.has(id))
  const lead = isSelected ? (isMarked ? theme.both : theme.selected) : isMarked ? theme.marked : ' '
  const bar = isSelected || isMarked ? theme.accent(lead) : lead
  const name = nameOf(row, model, grouped)
  if (row.kind === 'group') {
    const sign = row.folded ? theme.folded : theme.unfolded
    const count = String(row.group.states.length)
    const shown = toWidth(name, Math.max(0, Math.min(widthOf(name), room - 4 - count.length)), 'left', theme.ellipsis)
    return `${bar}${sign} ${theme.bold(shown)} ${theme.dim(count)}`
  }
  const view = viewsOf(row)[0]!
  const indent = indentOf(row, grouped)
  const mark = theme.hue(hueOf(view))(theme.mark(stateOf(view)))
  const shown = toWidth(name, room - indent, 'left', theme.ellipsis)
  return `${bar}${' '.repeat(indent - LEAD)}${mark} ${needsYou(view) ? theme.bold(shown) : shown}`
}
