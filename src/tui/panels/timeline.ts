/** What happened when: a thread for a service, a block for a job, and what is expected right of now. */
import { hasFailed } from '../../protocol/names.ts'
import type { TimelineProcess, TimelineRun } from '../../protocol/overview.ts'
import type { ListRow } from '../../words/list-rows.ts'
import { clockWords, dayWords } from '../../words/short.ts'
import { type Hue, stateOf } from '../../words/states.ts'
import { hueOf } from '../../words/status.ts'
import type { Box, Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { isGrouped, listed, viewsOf } from '../rows.ts'
import { plain, toWidth } from '../text.ts'
import type { Theme } from '../theme.ts'
import { nameOf } from './columns.ts'
import { type Drawn, panel } from './frame.ts'

const HOUR_MS = 3_600_000
/** Of the width, what lies before now. */
const PAST = 0.84
/** The axis above the rows, the meaning of the signs below. */
const AXIS = 1
const LEGEND = 1

export const timelineRows = (box: Box): Box => ({ ...box, top: box.top + AXIS, height: Math.max(0, box.height - AXIS - LEGEND) })

type Sign = 'thread' | 'block' | 'ended' | 'failed' | 'sick' | 'wait' | 'paused' | 'expected'
interface Cell {
  sign: Sign
  hue: Hue
}
/** What is worse covers what is better, where both fall into one column. */
const RANK: readonly Sign[] = ['expected', 'wait', 'ended', 'thread', 'block', 'paused', 'sick', 'failed']

interface Span {
  fromMs: number
  toMs: number
  nowMs: number
  columns: number
}

const columnOf = ({ fromMs, toMs, columns }: Span, ms: number): number => Math.floor(((ms - fromMs) / (toMs - fromMs)) * columns)

/** One row of cells, from the runs of one process or of all instances of a set. */
function cellsOf(processes: readonly TimelineProcess[], span: Span): (Cell | null)[] {
  const cells: (Cell | null)[] = Array.from({ length: span.columns }, () => null)
  const put = (from: number, to: number, sign: Sign, hue: Hue): void => {
    const first = Math.max(0, columnOf(span, from))
    const last = Math.min(span.columns - 1, Math.max(first, columnOf(span, to)))
    for (let at = first; at <= last; at++) {
      const before = cells[at]
      if (!before || RANK.indexOf(sign) > RANK.indexOf(before.sign)) cells[at] = { sign, hue }
    }
  }
  for (const { kind, runs, waiting } of processes) {
    for (const run of runs) putRun(run, kind === 'service', span, put)
    if (waiting !== null) {
      put(Date.parse(waiting.since), span.nowMs, 'wait', 'idle')
      if (waiting.expectedStartAt !== null) put(span.nowMs, Date.parse(waiting.expectedStartAt), 'wait', 'idle')
    }
  }
  return cells
}

function putRun(
  run: TimelineRun,
  isService: boolean,
  span: Span,
  put: (from: number, to: number, sign: Sign, hue: Hue) => void,
): void {
  const from = Date.parse(run.startedAt)
  const to = run.endedAt === null ? span.nowMs : Date.parse(run.endedAt)
  if (to < span.fromMs) return
  const failed = run.outcome !== null && hasFailed(run.outcome)
  if (run.outcome === null) put(from, to, isService ? 'thread' : 'block', 'run')
  else put(from, to, isService ? 'thread' : 'ended', run.outcome === 'cancelled' ? 'off' : 'done')
  // A service that failed was up until then: the failure is its end. A job was in vain from its beginning.
  if (failed) put(isService ? to : from, to, 'failed', run.outcome === 'interrupted' ? 'lost' : 'bad')
  for (const { kind, from: begun, to: ended } of run.spans) {
    const sign = kind === 'waiting' ? 'wait' : kind === 'paused' ? 'paused' : 'sick'
    const hue = kind === 'waiting' ? 'idle' : kind === 'paused' ? 'held' : 'bad'
    put(Date.parse(begun), ended === null ? span.nowMs : Date.parse(ended), sign, hue)
  }
  if (run.expectedEndAt !== null && run.endedAt === null) put(span.nowMs, Date.parse(run.expectedEndAt), 'expected', 'run')
}

const charOf = (theme: Theme, sign: Sign): string =>
  ({
    thread: theme.thread,
    block: theme.full,
    ended: theme.half,
    // By their form alone they differ from what went well.
    failed: theme.failed,
    sick: theme.mark('unhealthy'),
    wait: theme.wait,
    paused: theme.mark('paused'),
    expected: theme.expected,
  })[sign]

function drawCells(cells: readonly (Cell | null)[], nowAt: number, theme: Theme): string {
  let line = ''
  for (let at = 0; at < cells.length; ) {
    const cell = cells[at]
    if (!cell) {
      line += at === nowAt ? theme.dim(theme.vertical) : ' '
      at++
      continue
    }
    let end = at
    while (end < cells.length && cells[end]?.sign === cell.sign && cells[end]?.hue === cell.hue) end++
    line += theme.hue(cell.hue)(charOf(theme, cell.sign).repeat(end - at))
    at = end
  }
  return line
}

/** Round times on the axis. */
const STEPS: Readonly<Record<number, number>> = { 1: 15 * 60_000, 24: 4 * HOUR_MS, 168: 24 * HOUR_MS }

function axis(span: Span, hours: number, nowAt: number): string {
  const step = STEPS[hours]!
  const marks: { at: number; text: string }[] = []
  const offset = new Date(span.fromMs).getTimezoneOffset() * 60_000
  for (let ms = Math.ceil((span.fromMs - offset) / step) * step + offset; ms < span.nowMs - step / 4; ms += step) {
    const iso = new Date(ms).toISOString()
    marks.push({ at: columnOf(span, ms), text: hours === 168 ? dayWords(iso) : clockWords(iso) })
  }
  marks.push({ at: nowAt - 1, text: 'now' })
  let line = ''
  for (const { at, text } of marks)
    if (at >= line.length + 1 || line === '') line += ' '.repeat(Math.max(0, at - line.length)) + text
  return line
}

export function drawTimeline(model: Model, at: Panel): Drawn {
  const { theme, nowMs, timeline } = model
  const { hours, view, error } = timeline
  const { inner } = at
  const rows = listed(model)
  const grouped = isGrouped(model)
  const name = Math.min(26, Math.max(14, Math.floor(inner.width / 5)))
  const columns = Math.max(10, inner.width - name - 2)
  const past = hours * HOUR_MS
  const span: Span = { fromMs: nowMs - past, nowMs, toMs: nowMs + past * ((1 - PAST) / PAST), columns }
  const nowAt = columnOf(span, nowMs)
  const byId = new Map((view?.processes ?? []).map((one) => [one.id, one]))
  const box = timelineRows(inner)
  const row = (one: ListRow): string => {
    const isSelected = one.key === model.selected
    const lead = isSelected ? theme.accent(theme.selected) : ' '
    const views = viewsOf(one)
    const [worst] = views
    const title =
      one.kind === 'group'
        ? `${one.folded ? theme.folded : theme.unfolded} ${theme.bold(nameOf(one, model, grouped))}`
        : `${theme.hue(hueOf(worst!))(theme.mark(stateOf(worst!)))} ${nameOf(one, model, grouped)}`
    const shown = one.kind === 'group' && !one.folded ? [] : views.flatMap(({ id }) => byId.get(id) ?? [])
    const line = `${lead}${toWidth(title, name, 'left', theme.ellipsis)} ${drawCells(cellsOf(shown, span), nowAt, theme)}`
    return isSelected ? theme.chosen(toWidth(line, inner.width, 'left', '')) : line
  }
  const listedRows = rows.slice(model.top, model.top + box.height).map(row)
  const blank = Array.from({ length: Math.max(0, box.height - listedRows.length) }, () => '')
  const signs: readonly (readonly [Sign, Hue, string])[] = [
    ['thread', 'run', 'up'],
    ['block', 'run', 'running'],
    ['ended', 'done', 'ended'],
    ['failed', 'bad', 'failed'],
    ['sick', 'bad', 'unhealthy'],
    ['wait', 'idle', 'waiting'],
    ['paused', 'held', 'paused'],
    ['expected', 'run', 'expected'],
  ]
  const legend = signs.map(([sign, hue, word]) => `${theme.hue(hue)(charOf(theme, sign))} ${theme.dim(word)}`).join('  ')
  const note = view?.notices.length
    ? plain(view.notices[0]!)
    : hours === 1
      ? 'last hour'
      : hours === 24
        ? 'last 24 hours'
        : 'last 7 days'
  const first = error !== null ? ` ${theme.bad(plain(error))}` : view === null ? ` ${theme.dim('reading')}` : null
  return panel(theme, at, { title: 'Timeline', note: theme.dim(`${note}, + - for less and more`), focused: true }, [
    `${' '.repeat(name + 2)}${theme.dim(axis(span, hours, nowAt))}`,
    ...(first === null ? [...listedRows, ...blank] : [first, ...blank, ...listedRows.map(() => '')].slice(0, box.height)),
    ` ${legend}`,
  ])
}
