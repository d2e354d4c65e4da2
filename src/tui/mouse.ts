/** The mouse: a click selects, a second one opens, the wheel scrolls what is under it. */
import { runCommand } from './commands.ts'
import type { TerminalInput } from './keys.ts'
import { type Box, layoutOf } from './layout.ts'
import { scrollLog } from './log-update.ts'
import type { Model, Step } from './model.ts'
import { move } from './move.ts'
import { orphanAt } from './panels.ts'
import { listed } from './rows.ts'

const WHEEL_ROWS = 3
const DOUBLE_MS = 400

const inside = (box: Box | null, row: number, column: number): box is Box =>
  box !== null && row >= box.top && row < box.top + box.height && column >= box.left && column < box.left + box.width

export function onMouse(model: Model, input: Extract<TerminalInput, { kind: 'mouse' }>): Step {
  // A question is answered by key, not by a stray click.
  if (model.confirm || model.prompt) return [model, []]
  const { body, list, log } = layoutOf(model)
  const { row, column } = input
  if (input.action !== 'press') {
    const by = input.action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS
    if (inside(log, row, column)) return [scrollLog(model, by), []]
    return [move(model.place === 'list' ? { ...model, focus: 'list' } : model, by), []]
  }
  if (model.place === 'orphans') {
    const index = orphanAt(model, body, row)
    return [index === null ? model : { ...model, orphanSelected: index }, []]
  }
  if (inside(log, row, column)) return [{ ...model, focus: 'log' }, []]
  if (!inside(list, row, column)) return [model, []]
  const rows = listed(model)
  const index = model.top + row - list.top - 1
  const view = rows[index]
  if (row === list.top || view === undefined) return [{ ...model, focus: 'list' }, []]
  const isDouble = model.click !== null && model.click.row === index && model.nowMs - model.click.atMs <= DOUBLE_MS
  const next: Model = {
    ...model,
    focus: 'list',
    selected: view.id,
    selectedIndex: index,
    click: isDouble ? null : { row: index, atMs: model.nowMs },
  }
  return isDouble && view.id === model.selected ? runCommand(next, 'details') : [next, []]
}
