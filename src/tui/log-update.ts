/** Updates of the log pane: new lines, scrolling, holding and searching. */
import type { LogLine } from '../protocol/view.ts'
import { layoutOf } from './layout.ts'
import { findFrom, gutterOf, LINE_KEPT, LOG_KEPT, shownLog } from './log-view.ts'
import { emptyLog, type LogEntry, type LogModel, type Model } from './model.ts'
import { say } from './step.ts'
import { logText } from './text.ts'
import type { Theme } from './theme.ts'

/** Another process's log: keeps the mode, drops the lines. */
export const beginLog = (log: LogModel, id: string | null): LogModel => ({
  ...emptyLog,
  wrap: log.wrap,
  times: log.times,
  search: log.search,
  id,
})

export function addLines(log: LogModel, lines: readonly LogLine[], theme: Theme): LogModel {
  const added = lines.map(
    ({ stream, process, at, text }): LogEntry => ({
      stream,
      process,
      at: at === null ? null : clockOf(at),
      text: logText(text.slice(0, LINE_KEPT), theme.depth),
    }),
  )
  const all = [...log.entries, ...added]
  const over = Math.max(0, all.length - LOG_KEPT)
  return { ...log, entries: over === 0 ? all : all.slice(over), dropped: log.dropped + over, ready: true, notice: null }
}

/** In local time; the same second again and again costs nothing. */
let lastClock = { at: '', text: '' }
function clockOf(at: string): string {
  const second = at.slice(0, 19)
  if (lastClock.at !== second) lastClock = { at: second, text: new Date(at).toTimeString().slice(0, 8) }
  return lastClock.text
}

/** Columns and rows for its lines; as large as the screen while it is not shown. */
function room(model: Model): { width: number; height: number } {
  const box = layoutOf(model).log?.inner ?? { width: model.columns, height: model.rows }
  return { width: Math.max(1, box.width - gutterOf(model.log, box.width)), height: Math.max(1, box.height) }
}

/** By `by` lines; 0 holds it where it is. At its end it follows again. */
export function scrollLog(model: Model, by: number): Model {
  const { log } = model
  const { width, height } = room(model)
  const shown = shownLog(log, width, height, model.theme)
  const last = log.dropped + log.entries.length
  if (by > 0) {
    if (log.top === null) return model
    const top = shown.first + by
    const atEnd = shownLog({ ...log, top: null }, width, height, model.theme).first
    return { ...model, log: { ...log, top: top >= atEnd || top >= last ? null : top } }
  }
  return { ...model, log: { ...log, top: Math.max(log.dropped, shown.first + by) } }
}

function show(model: Model, found: number): Model {
  const { height } = room(model)
  return { ...model, log: { ...model.log, found, top: Math.max(model.log.dropped, found - Math.floor(height / 2)) } }
}

const nothing = (model: Model): Model => say(model, `no line of this log contains ${model.log.search}`)

/** Backwards from the newest line, as failures are near the end. */
export function searchLog(model: Model, search: string): Model {
  const next = { ...model, log: { ...model.log, search, found: null } }
  if (search === '') return next
  const found = findFrom(next.log, next.log.dropped + next.log.entries.length - 1, -1)
  return found === null ? nothing(next) : show(next, found)
}

export function jump(model: Model, step: 1 | -1): Model {
  const { log } = model
  if (log.search === '') return say(model, 'nothing is searched for; / begins')
  const end = step === 1 ? log.dropped : log.dropped + log.entries.length - 1
  const found = (log.found === null ? null : findFrom(log, log.found + step, step)) ?? findFrom(log, end, step)
  return found === null ? nothing(model) : show(model, found)
}
