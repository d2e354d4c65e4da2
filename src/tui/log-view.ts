/** The visible lines of the log pane, wrapped or cut, with search hits. */
import wrapAnsi from 'wrap-ansi'
import type { LogEntry, LogModel } from './model.ts'
import { cut, plain, SGR, widthOf } from './text.ts'
import type { Theme } from './theme.ts'

/** Entries kept of one log; older ones are in `ptrack logs`. */
export const LOG_KEPT = 5000
/** A longer line would fill any screen, and measuring it is expensive. */
export const LINE_KEPT = 4000

interface Folded {
  key: string
  lines: readonly string[]
}
const folded = new WeakMap<LogEntry, Folded>()

export const matches = (entry: LogEntry, search: string): boolean =>
  entry.text.replace(SGR, '').toLowerCase().includes(search.toLowerCase())

/** A matching line loses its colours, so that the hit stands out. */
function highlighted(text: string, search: string, theme: Theme): string {
  const bare = text.replace(SGR, '')
  const small = bare.toLowerCase()
  const wanted = search.toLowerCase()
  // Where lower case changes the length, positions cannot be compared.
  if (small.length !== bare.length) return theme.inverse(bare)
  let shown = ''
  let from = 0
  for (let at = small.indexOf(wanted); at >= 0; at = small.indexOf(wanted, from)) {
    shown += bare.slice(from, at) + theme.inverse(bare.slice(at, at + wanted.length))
    from = at + wanted.length
  }
  return shown + bare.slice(from)
}

/** An entry as lines of at most `width` columns, each ending in the default colours. */
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
    // A colour that continues in the next line must not spill over to the right.
    return fitting.includes('\x1b') ? `${fitting}\x1b[0m` : fitting
  })
  folded.set(entry, { key, lines: exact })
  return exact
}

/** Beside narrower lines neither times nor names have room. */
const TIMES_FROM = 60
const TIME = 9
const NAME_MOST = 16
/** What marks stderr or a hit, with a blank on both sides. */
const MARK = 3

export const isMerged = ({ id }: Pick<LogModel, 'id'>): boolean => id?.includes(' ') === true

export const hasTimes = ({ times }: Pick<LogModel, 'times'>, width: number): boolean => times && width >= TIMES_FROM

const named = new WeakMap<readonly LogEntry[], number>()
/** Columns for names of processes; 0 in the log of one. */
export function nameWidth(log: LogModel): number {
  if (!isMerged(log)) return 0
  const before = named.get(log.entries)
  if (before !== undefined) return before
  const names = new Set(log.entries.map(({ process }) => process))
  const width = Math.min(
    NAME_MOST,
    [...names].reduce((most, name) => Math.max(most, widthOf(plain(name))), 4),
  )
  named.set(log.entries, width)
  return width
}

/** Columns before the text of a line. */
export const gutterOf = (log: LogModel, width: number): number =>
  MARK + (hasTimes(log, width) ? TIME : 0) + (isMerged(log) ? nameWidth(log) + 1 : 0)

export interface Shown {
  first: number
  end: number
  lines: readonly { text: string; entry: LogEntry; begins: boolean; found: boolean }[]
}

/** The visible part of the log: from its `top` on, or the newest lines that fit. */
export function shownLog(log: LogModel, width: number, height: number, theme: Theme): Shown {
  const { entries, dropped } = log
  const take = (index: number): Shown['lines'] => {
    const entry = entries[index]!
    return linesOf(entry, width, log, theme).map((text, row) => ({
      text,
      entry,
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

/** The next matching entry from `from` in this direction, or null. */
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
