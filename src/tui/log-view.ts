/** The log pane's lines: what is shown from which entry on, wrapped or cut, with what was searched for. */
import wrapAnsi from 'wrap-ansi'
import type { LogEntry, LogModel } from './model.ts'
import { cut, SGR, widthOf } from './text.ts'
import type { Theme } from './theme.ts'

/** Entries kept of one log; older ones are in `ptrack logs`. */
export const LOG_KEPT = 5000
/** Beyond it a single line would fill any screen, and measuring it costs. */
export const LINE_KEPT = 4000

interface Folded {
  key: string
  lines: readonly string[]
}
const folded = new WeakMap<LogEntry, Folded>()

export const matches = (entry: LogEntry, search: string): boolean =>
  entry.text.replace(SGR, '').toLowerCase().includes(search.toLowerCase())

/** A line that matches loses its colours, so that what was found stands out. */
function highlighted(text: string, search: string, theme: Theme): string {
  const bare = text.replace(SGR, '')
  const small = bare.toLowerCase()
  const wanted = search.toLowerCase()
  // Where small letters are longer than capitals, places cannot be compared.
  if (small.length !== bare.length) return theme.inverse(bare)
  let shown = ''
  let from = 0
  for (let at = small.indexOf(wanted); at >= 0; at = small.indexOf(wanted, from)) {
    shown += bare.slice(from, at) + theme.inverse(bare.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  return shown + bare.slice(from)
}

/** An entry as lines of at most `width` columns, each ending in the terminal's own colours. */
export function linesOf(entry: LogEntry, width: number, log: Pick<LogModel, 'wrap' | 'search'>, theme: Theme): readonly string[] {
  const key = `${width} ${log.wrap} ${log.search}`
  const before = folded.get(entry)
  if (before?.key === key) return before.lines
  const text = log.search !== '' && matches(entry, log.search) ? highlighted(entry.text, log.search, theme) : entry.text
  const lines =
    widthOf(text) <= width
      ? [text]
      : log.wrap
        ? wrapAnsi(text, width, { hard: true, trim: false, wordWrap: false }).split('\n')
        : [cut(text, width, theme.ellipsis)]
  const exact = lines.map((line) => {
    const fitting = widthOf(line) > width ? cut(line, width, theme.ellipsis) : line
    // A colour that goes on in the next line must not run into what stands beside this one.
    return fitting.includes('\x1b') ? `${fitting}\x1b[0m` : fitting
  })
  folded.set(entry, { key, lines: exact })
  return exact
}

export interface Shown {
  /** Number of the first entry of which something is shown. */
  first: number
  /** Number behind the last. */
  end: number
  lines: readonly { text: string; stream: 'out' | 'err'; begins: boolean; found: boolean }[]
}

/** What of the log fits: from its `top` on, or the newest that there is room for. */
export function shownLog(log: LogModel, width: number, height: number, theme: Theme): Shown {
  const { entries, dropped } = log
  const take = (index: number): Shown['lines'] => {
    const entry = entries[index]!
    return linesOf(entry, width, log, theme).map((text, row) => ({
      text,
      stream: entry.stream,
      begins: row === 0,
      found: log.search !== '' && log.found === dropped + index,
    }))
  }
  if (log.top !== null) {
    const first = Math.min(Math.max(0, log.top - dropped), Math.max(0, entries.length - 1))
    const lines: Shown['lines'][number][] = []
    let index = first
    for (; index < entries.length && lines.length < height; index++) lines.push(...take(index))
    return { first: dropped + first, end: dropped + index, lines: lines.slice(0, height) }
  }
  let lines: Shown['lines'][number][] = []
  let index = entries.length
  while (index > 0 && lines.length < height) lines = [...take(--index), ...lines]
  return { first: dropped + index, end: dropped + entries.length, lines: lines.slice(-height || lines.length) }
}

/** The next entry that matches, going from `from` in the direction; null when there is none that way. */
export function findFrom(log: LogModel, from: number, step: 1 | -1): number | null {
  for (let index = from - log.dropped; index >= 0 && index < log.entries.length; index += step)
    if (matches(log.entries[index]!, log.search)) return index + log.dropped
  return null
}

const counted = new WeakMap<readonly LogEntry[], { search: string; count: number }>()
export function countMatches(log: LogModel): number {
  const before = counted.get(log.entries)
  if (before?.search === log.search) return before.count
  const count = log.entries.reduce((sum, entry) => sum + (matches(entry, log.search) ? 1 : 0), 0)
  counted.set(log.entries, { search: log.search, count })
  return count
}
