/** The log of the selected process, or of several in one. */
import type { Hue } from '../../words/states.ts'
import type { Panel } from '../layout.ts'
import { countMatches, gutterOf, hasTimes, isMerged, nameWidth, shownLog } from '../log-view.ts'
import type { LogEntry, Model } from '../model.ts'
import { logHasFocus } from '../move.ts'
import { plain, toWidth } from '../text.ts'
import { type Drawn, panel } from './frame.ts'

function stateWords(model: Model, end: number): string {
  const { log, theme } = model
  const below = log.dropped + log.entries.length - end
  const count = log.search === '' ? 0 : countMatches(log)
  const words = [
    ...(log.notice === null ? [] : [log.notice]),
    ...(log.search === '' ? [] : [`${count} ${count === 1 ? 'line' : 'lines'} with "${plain(log.search)}"`]),
    ...(log.wrap ? [] : ['cut']),
    log.top === null ? 'following' : below > 0 ? `held, ${below} ${below === 1 ? 'line' : 'lines'} below` : 'held',
  ].join(', ')
  return log.top === null ? theme.dim(words) : theme.busy(words)
}

function titleOf(model: Model): string {
  const { id } = model.log
  if (id === null) return 'Log'
  const names = id.split(' ').map((one) => plain(model.views.get(one)?.name ?? model.details?.detail?.name ?? 'what was deleted'))
  return names.length <= 3 ? `Log of ${names.join(', ')}` : `Log of ${names.length} processes`
}

function emptyWords({ log, selected }: Model): string {
  if (log.id !== null) return log.ready ? 'nothing was written yet' : 'reading'
  return selected === null ? 'no process is selected' : 'L shows the logs of all of them in one'
}

/** Neighbours differ, and none looks like a state that is wrong. */
const NAME_HUES: readonly Hue[] = ['held', 'done', 'move', 'lost']

export function drawLog(model: Model, at: Panel): Drawn {
  const { theme, log } = model
  const { width, height } = at.inner
  const gutter = gutterOf(log, width)
  const shown = shownLog(log, Math.max(1, width - gutter), height, theme)
  const ids = new Map<string, number>()
  const nameOf = (entry: LogEntry): string => {
    if (!ids.has(entry.process))
      ids.set(
        entry.process,
        [...entry.process].reduce((sum, each) => sum + each.codePointAt(0)!, 0),
      )
    return theme.hue(NAME_HUES[ids.get(entry.process)! % NAME_HUES.length]!)(
      toWidth(plain(entry.process), nameWidth(log), 'left', theme.ellipsis),
    )
  }
  const lines = shown.lines.map(({ text, entry, begins, found }) => {
    const mark = found ? theme.accent(theme.pointer) : entry.stream === 'err' ? theme.bad(begins ? '!' : ' ') : ' '
    const time = hasTimes(log, width) ? `${theme.dim((begins ? entry.at : null) ?? '        ')} ` : ''
    const name = isMerged(log) ? `${begins ? nameOf(entry) : ' '.repeat(nameWidth(log))} ` : ''
    return ` ${time}${name}${mark} ${text}`
  })
  if (lines.length === 0) lines.push(` ${theme.dim(emptyWords(model))}`)
  const titles = { title: titleOf(model), note: stateWords(model, shown.end), focused: logHasFocus(model) }
  return panel(theme, at, titles, lines)
}
