/** The table of processes: columns by width, only the rows that are seen. Widths do not follow the figures, so that nothing jumps. */
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { progressWords } from '../words/progress.ts'
import { durationWords, percentWords, portWords, sizeWords, statusTone, statusWords, UNKNOWN, uptimeMs } from '../words/status.ts'
import type { Box } from './layout.ts'
import type { Model } from './model.ts'
import { listed } from './rows.ts'
import { sparkline } from './sparkline.ts'
import { plain, toWidth, widthOf } from './text.ts'
import type { Theme } from './theme.ts'

const NAME = { least: 12, most: 36 }
const STATUS = { least: 14, most: 44 }
/** Below it the columns stand closer. */
const CLOSE_BELOW = 100
const POINTER = 2

interface Column {
  title: string
  width: number
  align: 'left' | 'right'
  cell: (view: ProcessView, width: number) => string
}

interface Optional {
  key: string
  title: string
  align?: 'left' | 'right'
  /** Tried first; `wide` when room is left, and its title with it. */
  narrow: number
  wide: number
  wideTitle?: string
  cell: (view: ProcessView, width: number) => string
}

function progressBar(view: ProcessView, width: number, theme: Theme): string {
  const words = progressWords(view.progress, !isEnded(view.status)) ?? UNKNOWN
  const percent = view.progress?.percent ?? null
  const room = Math.min(12, width - WORDS_WIDTH - 1)
  const ended = isEnded(view.status)
  const painted = view.progress?.stalled && !ended ? theme.bad(words) : words
  if (room < 4) return painted
  if (percent === null) return ' '.repeat(room + 1) + painted
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * room)
  const bar = theme.full.repeat(full) + theme.dim(theme.empty.repeat(room - full))
  return `${bar} ${painted}`
}
/** `42% 3m 20s left`. */
const WORDS_WIDTH = 16

const SPARK = { cpu: 6, memory: 8 }

/** In the order in which they are given room. */
function optionals(model: Model): Optional[] {
  const { theme, nowMs, samples } = model
  const spark = (view: ProcessView, key: 'cpu' | 'memory', width: number): string => {
    // 100 = one core; memory is shown against its own highest.
    const line = sparkline(samples.get(view.id)?.[key] ?? [], width, key === 'cpu' ? 100 : 0, theme.heights)
    return key === 'cpu' ? theme.good(line) : theme.busy(line)
  }
  const figure = (view: ProcessView, key: 'cpu' | 'memory', width: number): string => {
    const words = key === 'cpu' ? percentWords(view.cpuPercent) : sizeWords(view.memoryBytes)
    const room = width - SPARK[key] - 1
    return room < 3 ? toWidth(words, width, 'right') : `${spark(view, key, room)} ${toWidth(words, SPARK[key], 'right')}`
  }
  const ports = (view: ProcessView): string => view.ports.map((port) => portWords(port, view.pid)).join(', ') || UNKNOWN
  const health = (view: ProcessView): string =>
    view.health === 'unknown' ? theme.dim(UNKNOWN) : (view.health === 'healthy' ? theme.good : theme.bad)(view.health)
  const all: Optional[] = [
    { key: 'cpu', title: 'cpu', align: 'right', narrow: 11, wide: 17, cell: (view, width) => figure(view, 'cpu', width) },
    { key: 'mem', title: 'memory', align: 'right', narrow: 12, wide: 19, cell: (view, width) => figure(view, 'memory', width) },
    {
      key: 'progress',
      title: 'progress',
      narrow: 9,
      wide: WORDS_WIDTH + 11,
      cell: (view, width) => (view.progress === null ? theme.dim(UNKNOWN) : progressBar(view, width, theme)),
    },
    {
      key: 'restarts',
      title: 'rst',
      wideTitle: 'restarts',
      align: 'right',
      narrow: 3,
      wide: 8,
      cell: (view) => String(view.restarts),
    },
    { key: 'health', title: 'health', narrow: 9, wide: 9, cell: health },
    { key: 'uptime', title: 'uptime', align: 'right', narrow: 7, wide: 7, cell: (view) => durationWords(uptimeMs(view, nowMs)) },
    {
      key: 'pid',
      title: 'pid',
      align: 'right',
      narrow: 7,
      wide: 7,
      cell: (view) => (view.pid === null ? UNKNOWN : String(view.pid)),
    },
    { key: 'ports', title: 'ports', narrow: 6, wide: 12, cell: ports },
    { key: 'type', title: 'type', narrow: 8, wide: 10, cell: (view) => plain(view.type) },
  ]
  // Nobody who runs services alone should look at an empty column.
  return [...model.views.values()].some((view) => view.progress !== null) ? all : all.filter(({ key }) => key !== 'progress')
}

function columnsOf(model: Model, rows: readonly ProcessView[], width: number): { columns: Column[]; gap: number } {
  const gap = width < CLOSE_BELOW ? 1 : 2
  const { theme, nowMs } = model
  const longest = rows.reduce((most, view) => Math.max(most, view.name.length), 0)
  let left = width - POINTER - NAME.least - gap - STATUS.least
  const chosen = new Map<string, { optional: Optional; width: number }>()
  const wanted = optionals(model)
  for (const optional of wanted) {
    if (optional.narrow + gap > left) continue
    chosen.set(optional.key, { optional, width: optional.narrow })
    left -= optional.narrow + gap
  }
  let name = NAME.least
  let status = STATUS.least
  const take = (most: number): number => {
    const taken = Math.max(0, Math.min(left, most))
    left -= taken
    return taken
  }
  // Names first: they are what a person types. Then what the other columns can make of more room.
  name += take(Math.min(NAME.most, longest) - name)
  status += take(20 - status)
  for (const one of chosen.values()) one.width += take(one.optional.wide - one.width)
  status += take(STATUS.most - status)
  name += take(NAME.most - name)
  const foldHealth = !chosen.has('health')
  const columns: Column[] = [
    {
      title: 'name',
      width: name,
      align: 'left',
      cell: (view) => theme.bold(toWidth(plain(view.name), name, 'left', theme.ellipsis)),
    },
    {
      title: 'status',
      width: status,
      align: 'left',
      cell: (view) => theme.tone(statusTone(view))(toWidth(statusWords(view, nowMs, foldHealth), status, 'left', theme.ellipsis)),
    },
    ...[...chosen.values()]
      .sort((a, b) => ORDER.indexOf(a.optional.key) - ORDER.indexOf(b.optional.key))
      .map(({ optional, width: given }) => ({
        title: given >= optional.wide ? (optional.wideTitle ?? optional.title) : optional.title,
        width: given,
        align: optional.align ?? ('left' as const),
        cell: optional.cell,
      })),
  ]
  return { columns, gap }
}
/** From left to right, whatever was chosen. */
const ORDER = ['health', 'progress', 'cpu', 'mem', 'uptime', 'restarts', 'pid', 'ports', 'type']

function emptyText(model: Model): string {
  if (!model.loaded) return 'connecting'
  if (model.views.size === 0) return 'no processes; start one with `ptrack start -- COMMAND`'
  if (model.words !== '') return `no process contains ${plain(model.words)}; Esc clears the filter`
  return 'no process is as asked for; `a` shows jobs that ended long ago'
}

export function drawTable(model: Model, box: Box): string[] {
  const { theme } = model
  const rows = listed(model)
  const { columns, gap } = columnsOf(model, rows, box.width)
  const space = ' '.repeat(gap)
  const heading = columns.map(({ title, width, align }) => toWidth(title, width, align)).join(space)
  const lines = [theme.dim(toWidth(`  ${heading}`, box.width, 'left', theme.ellipsis))]
  if (rows.length === 0) lines.push(toWidth(`  ${theme.dim(emptyText(model))}`, box.width, 'left', theme.ellipsis))
  for (const view of rows.slice(model.top, model.top + box.height - 1)) {
    const isSelected = view.id === model.selected
    const cells = columns.map(({ width, align, cell }) => toWidth(cell(view, width), width, align, theme.ellipsis)).join(space)
    const line = toWidth(`${isSelected ? theme.pointer : ' '} ${cells}`, box.width, 'left', theme.ellipsis)
    lines.push(isSelected && model.focus === 'list' ? theme.inverse(line) : line)
  }
  const hidden = rows.length - model.top - (box.height - 1)
  if (hidden > 0 && lines.length === box.height) {
    // Where it hides the least: the end of the heading.
    const more = ` ${hidden} more below `
    lines[0] = theme.dim(toWidth(`  ${heading}`, Math.max(0, box.width - widthOf(more)), 'left', theme.ellipsis) + more)
  }
  return lines
}
