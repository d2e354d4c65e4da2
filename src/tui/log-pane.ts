/** The log of the selected process: a rule with its name and mode, and its lines. */
import { statusWords } from '../words/status.ts'
import type { Box } from './layout.ts'
import { GUTTER } from './log-update.ts'
import { countMatches, shownLog } from './log-view.ts'
import type { Model } from './model.ts'
import { cut, plain, toWidth, widthOf } from './text.ts'

function stateWords(model: Model, end: number): string[] {
  const { log } = model
  const below = log.dropped + log.entries.length - end
  const count = log.search === '' ? 0 : countMatches(log)
  return [
    ...(log.top === null ? ['following'] : [below > 0 ? `held, ${below} ${below === 1 ? 'line' : 'lines'} below` : 'held']),
    ...(log.wrap ? [] : ['cut']),
    ...(log.search === '' ? [] : [`${count} ${count === 1 ? 'line' : 'lines'} with "${plain(log.search)}"`]),
    ...(log.notice === null ? [] : [log.notice]),
  ]
}

/** Minimum width of a name beside a long reason. */
const NAME_LEAST = 16

export function drawLog(model: Model, box: Box): string[] {
  const { theme, log } = model
  const view = log.id === null ? undefined : model.views.get(log.id)
  const shown = shownLog(log, Math.max(1, box.width - GUTTER), box.height - 1, theme)
  // Its whole reason: the table has no room for it.
  const room = Math.max(0, box.width - 4)
  const rest = `${view === undefined ? '' : `${statusWords(view, model.nowMs)}; `}log: ${stateWords(model, shown.end).join(', ')} `
  // A long name leaves room for what changes.
  const name = view === undefined ? '' : cut(plain(view.name), Math.max(NAME_LEAST, room - widthOf(rest) - 3), theme.ellipsis)
  const title = cut(` ${name === '' ? '' : `${name}: `}${rest}`, room, theme.ellipsis)
  const rule = theme.horizontal.repeat(Math.max(0, box.width - 2 - widthOf(title)))
  const edge = theme.horizontal.repeat(2)
  const focused = model.focus === 'log'
  const lines = [
    toWidth(theme.dim(edge) + (focused ? theme.title(title) : theme.bold(title)) + theme.dim(rule), box.width, 'left', ''),
  ]
  for (const { text, stream, begins, found } of shown.lines) {
    const mark = found ? theme.title(theme.pointer) : stream === 'err' ? theme.bad(begins ? '!' : ' ') : ' '
    lines.push(toWidth(`${mark} ${text}`, box.width, 'left', ''))
  }
  if (shown.lines.length === 0) {
    const why = log.id === null ? 'no process is selected' : log.ready ? 'nothing was written yet' : 'reading'
    lines.push(toWidth(`  ${theme.dim(why)}`, box.width, 'left', ''))
  }
  while (lines.length < box.height) lines.push(' '.repeat(box.width))
  return lines.slice(0, box.height)
}
