/** The mouse: a click selects, a second one opens, heads sort, keys below do what they say; the wheel scrolls what is under it. */
import { fold, openDetails, runCommand, select, sortBy } from './commands.ts'
import { openFleetLine } from './fleet.ts'
import type { TerminalInput } from './keys.ts'
import { type Box, layoutOf } from './layout.ts'
import { scrollLog } from './log-update.ts'
import type { Model, Step } from './model.ts'
import { move } from './move.ts'
import { columnsOf } from './panels/columns.ts'
import { fleetLineAt } from './panels/fleet.ts'
import { placedKeys } from './panels/foot.ts'
import { orphanAt } from './panels/orphans.ts'
import { timelineRows } from './panels/timeline.ts'
import { listed, needing } from './rows.ts'

const WHEEL_ROWS = 3
const DOUBLE_MS = 400

const inside = (box: Box | null | undefined, row: number, column: number): box is Box =>
  box != null && row >= box.top && row < box.top + box.height && column >= box.left && column < box.left + box.width

const isSecond = ({ click, nowMs }: Model, key: string): boolean =>
  click !== null && click.key === key && nowMs - click.atMs <= DOUBLE_MS

export function onMouse(model: Model, input: Extract<TerminalInput, { kind: 'mouse' }>): Step {
  // A question is answered by key, not by a stray click.
  if (model.confirm || model.prompt) return [model, []]
  const layout = layoutOf(model)
  const { row, column } = input
  if (input.action !== 'press') {
    const by = input.action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS
    if (inside(layout.log?.outer, row, column)) return [scrollLog(model, by), []]
    return [move({ ...model, focus: 'list' }, by), []]
  }
  if (row === model.rows - 1) {
    const key = placedKeys(model).find(({ left, width }) => column >= left && column < left + width)
    return key === undefined ? [model, []] : runCommand(model, key.command)
  }
  if (inside(layout.head, row, column)) return onHead(model, row, column)
  if (model.place === 'orphans') {
    const index = orphanAt(model, layout.body.inner, row)
    return [index === null ? model : { ...model, orphanSelected: index }, []]
  }
  if (model.place === 'fleet') return onFleet(model, fleetLineAt(model, layout.body.inner, row))
  if (inside(layout.log?.outer, row, column)) return [{ ...model, focus: 'log' }, []]
  if (inside(layout.details?.outer, row, column)) return [{ ...model, focus: 'list' }, []]
  const rows = model.place === 'timeline' ? timelineRows(layout.body.inner) : layout.rows
  if (inside(rows, row, column)) return onRow(model, model.top + row - rows.top)
  const { list } = layout
  if (list === null || !inside(list.outer, row, column)) return [model, []]
  const isHeads = list.framed && row === list.inner.top
  return isHeads ? [onHeads(model, column - list.inner.left, list.inner.width - 1), []] : [{ ...model, focus: 'list' }, []]
}

function onFleet(model: Model, key: string | null): Step {
  if (key === null) return [model, []]
  const isDouble = isSecond(model, key)
  const next = { ...model, fleet: { ...model.fleet, selected: key }, click: isDouble ? null : { key, atMs: model.nowMs } }
  return isDouble ? openFleetLine(next) : [next, []]
}

/** What needs somebody is chosen where it stands by name, else the next one. */
function onHead(model: Model, row: number, column: number): Step {
  const { needs } = layoutOf(model)
  const view = inside(needs?.inner, row, column) ? needing(model)[row - needs!.inner.top] : undefined
  if (view !== undefined) return [select({ ...model, closed: new Set(), words: '' }, view.id), []]
  return needing(model).length === 0 ? [model, []] : runCommand(model, 'next-need')
}

function onHeads(model: Model, at: number, width: number): Model {
  const { columns, gap } = columnsOf(model, width)
  let left = 0
  for (const column of columns) {
    if (at >= left && at < left + column.width) return column.sort === null ? model : sortBy(model, column.sort)
    left += column.width + gap
  }
  return model
}

function onRow(model: Model, index: number): Step {
  const row = listed(model)[index]
  if (row === undefined) return [{ ...model, focus: 'list' }, []]
  const isDouble = isSecond(model, row.key)
  const next: Model = {
    ...model,
    focus: 'list',
    selected: row.key,
    selectedIndex: index,
    click: isDouble ? null : { key: row.key, atMs: model.nowMs },
  }
  if (row.kind === 'group') return [fold({ ...next, click: null }), []]
  if (!isDouble) return [next, []]
  return row.kind === 'set' ? [fold(next), []] : openDetails(next, row.key)
}
