/** The table of processes: columns by width, visible rows only. Widths do not depend on the figures, so that nothing jumps. */
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../words/progress.ts'
import { durationWords, hueOf, percentWords, portWords, sizeWords, statusWords, UNKNOWN, uptimeMs } from '../words/status.ts'
import type { Box } from './layout.ts'
import type { Model } from './model.ts'
import { listed } from './rows.ts'
import { sparkline } from './sparkline.ts'
import { plain, SGR, toWidth, widthOf } from './text.ts'
import type { Theme } from './theme.ts'

const NAME = { least: 12, good: 16, most: 36 }
const STATUS = { least: 22, good: 28, most: 44 }
const CLOSE_BELOW = 100
const POINTER = 2

interface Column {
  key: string
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

/** `42%   3m 20s` in the same columns as in words, with a bar before it where there is room. */
function progressCell(view: ProcessView, width: number, theme: Theme): string {
  const { progress } = view
  if (progress === null) return theme.dim(UNKNOWN)
  const ended = isEnded(view.status)
  const outlook = ended ? null : outlookWords(progress)
  if (progress.percent === null) {
    const words = [amountWords(progress), outlook].filter((part) => part !== null).join(' ')
    return words === '' ? theme.dim(UNKNOWN) : plain(words)
  }
  const room = Math.min(BAR_MOST, width - PERCENT - ETA - 2)
  const full = Math.round((Math.min(100, Math.max(0, progress.percent)) / 100) * room)
  const bar = theme.full.repeat(full) + theme.dim(theme.empty.repeat(room - full))
  const left = (outlook ?? '').replace(/ left$/, '')
  const words = `${toWidth(wholePercent(progress.percent), PERCENT, 'right')} ${toWidth(left, ETA, 'right', theme.ellipsis)}`
  return `${bar} ${progress.stalled && !ended ? theme.bad(words) : words}`
}
const PERCENT = 4
/** `59m 59s`, `stalled`. */
const ETA = 7
const BAR_MOST = 14

const FIGURE = { cpu: 5, memory: 7 }

/** In order of priority. */
function optionals(model: Model): Optional[] {
  const { theme, nowMs, samples } = model
  const spark = (view: ProcessView, key: 'cpu' | 'memory', width: number): string => {
    const values = samples.get(view.id)?.[key] ?? []
    // 100 = one core. Memory against twice its own highest: a constant is a line in the middle.
    const top = key === 'cpu' ? 100 : 2 * Math.max(0, ...values.map((value) => value ?? 0))
    return theme.figure(sparkline(values, width, top, theme.heights))
  }
  const figure = (view: ProcessView, key: 'cpu' | 'memory', width: number): string => {
    const words = key === 'cpu' ? percentWords(view.cpuPercent) : sizeWords(view.memoryBytes)
    const room = width - FIGURE[key] - 1
    return room < 2 ? toWidth(words, width, 'right') : `${spark(view, key, room)} ${toWidth(words, FIGURE[key], 'right')}`
  }
  const ports = (view: ProcessView): string => view.ports.map((port) => portWords(port, view.pid)).join(', ') || UNKNOWN
  const health = (view: ProcessView): string =>
    view.health === 'unknown' ? theme.dim(UNKNOWN) : (view.health === 'healthy' ? theme.good : theme.bad)(view.health)
  const all: Optional[] = [
    {
      key: 'progress',
      title: 'progress     left',
      wideTitle: 'progress             left',
      narrow: 18,
      wide: BAR_MOST + PERCENT + ETA + 2,
      cell: (view, width) => progressCell(view, width, theme),
    },
    { key: 'cpu', title: 'cpu', align: 'right', narrow: 9, wide: 16, cell: (view, width) => figure(view, 'cpu', width) },
    {
      key: 'memory',
      title: 'memory',
      align: 'right',
      narrow: 11,
      wide: 18,
      cell: (view, width) => figure(view, 'memory', width),
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
  // Without jobs the column would be empty.
  return [...model.views.values()].some((view) => view.progress !== null) ? all : all.filter(({ key }) => key !== 'progress')
}

function columnsOf(model: Model, rows: readonly ProcessView[], width: number): { columns: Column[]; gap: number } {
  const gap = width < CLOSE_BELOW ? 1 : 2
  const { theme, nowMs } = model
  const longest = rows.reduce((most, view) => Math.max(most, widthOf(plain(view.name))), 0)
  let left = width - POINTER - NAME.least - gap - STATUS.least
  const chosen = new Map<string, { optional: Optional; width: number }>()
  const wanted = optionals(model)
  for (const optional of wanted) {
    // The reason of a failure is more important than the other columns.
    const kept = FIRST.has(optional.key) ? 0 : STATUS.good - STATUS.least + Math.max(0, Math.min(NAME.good, longest) - NAME.least)
    if (optional.narrow + gap + kept > left) continue
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
  name += take(Math.min(NAME.good, longest) - name)
  status += take(STATUS.good - status)
  // Names have to be typed.
  name += take(Math.min(NAME.most, longest) - name)
  for (const one of chosen.values()) one.width += take(one.optional.wide - one.width)
  status += take(STATUS.most - status)
  name += take(NAME.most - name)
  const foldHealth = !chosen.has('health')
  const columns: Column[] = [
    {
      key: 'name',
      title: 'name',
      width: name,
      align: 'left',
      cell: (view) => theme.bold(toWidth(plain(view.name), name, 'left', theme.ellipsis)),
    },
    {
      key: 'status',
      title: 'status',
      width: status,
      align: 'left',
      cell: (view) => theme.hue(hueOf(view))(toWidth(statusWords(view, nowMs, foldHealth), status, 'left', theme.ellipsis)),
    },
    ...[...chosen.values()]
      .sort((a, b) => ORDER.indexOf(a.optional.key) - ORDER.indexOf(b.optional.key))
      .map(({ optional, width: given }) => ({
        key: optional.key,
        title: given >= optional.wide ? (optional.wideTitle ?? optional.title) : optional.title,
        width: given,
        align: optional.align ?? ('left' as const),
        cell: optional.cell,
      })),
  ]
  return { columns, gap }
}
/** Get room before the status grows to its full width. */
const FIRST: ReadonlySet<string> = new Set(['progress', 'cpu', 'memory', 'restarts'])
/** From left to right, whatever was chosen. */
const ORDER = ['health', 'progress', 'cpu', 'memory', 'uptime', 'restarts', 'pid', 'ports', 'type']

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
  // The sort column stands out, without colours too.
  const heading = columns
    .map(({ key, title, width, align }) => (key === model.sort ? theme.bold : theme.dim)(toWidth(title, width, align)))
    .join(space)
  const lines = [toWidth(`  ${heading}`, box.width, 'left', theme.ellipsis)]
  if (rows.length === 0) lines.push(toWidth(`  ${theme.dim(emptyText(model))}`, box.width, 'left', theme.ellipsis))
  for (const view of rows.slice(model.top, model.top + box.height - 1)) {
    const isSelected = view.id === model.selected
    const cells = columns.map(({ width, align, cell }) => toWidth(cell(view, width), width, align, theme.ellipsis)).join(space)
    const line = toWidth(`${isSelected ? theme.pointer : ' '} ${cells}`, box.width, 'left', theme.ellipsis)
    // Inverted colours would be patchy: the bar has a single colour.
    lines.push(isSelected && model.focus === 'list' ? theme.inverse(line.replace(SGR, '')) : line)
  }
  return lines
}
