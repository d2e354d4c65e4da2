/** Moves up and down, by rows and by pages, in whatever has the focus. */
import { fleetIndex, fleetLines } from './fleet.ts'
import { layoutOf } from './layout.ts'
import { scrollLog } from './log-update.ts'
import type { Model } from './model.ts'
import { listed } from './rows.ts'

export function logHasFocus(model: Model): boolean {
  const { list, log, details } = layoutOf(model)
  if (log === null) return false
  const isAlone = list === null && (model.place !== 'details' || details === null)
  return isAlone || model.focus === 'log'
}

export const pageRows = (model: Model): number => {
  const { rows, log, body, details } = layoutOf(model)
  const box = logHasFocus(model) ? log?.inner : (rows ?? details?.inner ?? body.inner)
  return Math.max(1, (box?.height ?? 2) - 1)
}

export function move(model: Model, by: number): Model {
  const within = (at: number, count: number): number => Math.min(Math.max(0, at + by), Math.max(0, count - 1))
  // `draw` knows the length of the text, and stops at its end.
  if (model.place === 'help') return { ...model, helpTop: Math.min(Math.max(0, model.helpTop + by), 1000) }
  if (model.place === 'orphans') return { ...model, orphanSelected: within(model.orphanSelected, model.orphans?.length ?? 0) }
  if (model.place === 'fleet') {
    const lines = fleetLines(model)
    return { ...model, fleet: { ...model.fleet, selected: lines[within(fleetIndex(model), lines.length)]?.key ?? null } }
  }
  if (logHasFocus(model)) return scrollLog(model, by)
  if (model.place === 'details') {
    const details = model.details!
    return { ...model, details: { ...details, top: Math.min(Math.max(0, details.top + by), 10_000) } }
  }
  const rows = listed(model)
  const index = within(model.selectedIndex, rows.length)
  return { ...model, selectedIndex: index, selected: rows[index]?.key ?? null }
}
