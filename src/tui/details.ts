/** The details of one process: facts, steps, runs and its story. */
import wrapAnsi from 'wrap-ansi'
import { isEnded } from '../protocol/names.ts'
import type { ProcessDetail, ProcessView, RunView, StepView, WhyView } from '../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../words/progress.ts'
import { statusWord } from '../words/states.ts'
import {
  durationWords,
  exitFigure,
  exitWords,
  failureWords,
  healthWords,
  hueOf,
  percentWords,
  portWords,
  sizeWords,
  statusWords,
  UNKNOWN,
  uptimeMs,
} from '../words/status.ts'
import { STEP_STATES, stepWords } from '../words/steps.ts'
import { quoteCommand } from '../words/text.ts'
import { timeWords } from '../words/time.ts'
import { workFacts } from '../words/work.ts'
import type { Box } from './layout.ts'
import type { Model } from './model.ts'
import { SAMPLES, sparkline } from './sparkline.ts'
import { cut, plain, toWidth } from './text.ts'
import type { Theme } from './theme.ts'

const KEY_WIDTH = 14
/** Narrower, words would be cut to pieces. */
const MIN_VALUE = 16
const SHOWN_RUNS = 10

type Fact = readonly [key: string, value: string]

function facts(model: Model, view: ProcessView): Fact[] {
  const { theme, nowMs } = model
  const samples = model.samples.get(view.id)
  const exit = exitWords(view)
  const ports = view.ports.map((port) => portWords(port, view.pid)).join(', ')
  const line = (values: readonly (number | null)[], top: number): string => sparkline(values, values.length, top, theme.heights)
  const all: (Fact | null)[] = [
    ['status', theme.hue(hueOf(view))(statusWords(view, nowMs, true))],
    ['since', `${timeWords(view.since, nowMs)}${view.reason === null ? '' : `, because: ${plain(view.reason)}`}`],
    view.error === null ? null : ['error', theme.bad(plain(view.error.message))],
    [
      'kind',
      `${view.kind} #${view.number}, type ${plain(view.type)}, owner ${plain(view.owner)}${view.tags.length ? `, tags ${plain(view.tags.join(', '))}` : ''}`,
    ],
    ['command', plain(quoteCommand(view.command))],
    ['directory', plain(view.cwd)],
    [
      'process',
      view.pid === null
        ? UNKNOWN
        : `pid ${view.pid}, up ${durationWords(uptimeMs(view, nowMs))}${view.adopted ? ', adopted' : ''}`,
    ],
    ['run', `${view.run}, ${view.restarts} restarts${exit === null ? '' : `, last exit: ${exit}`}`],
    ['health', plain(healthWords(view, nowMs))],
    ports === '' ? null : ['ports', ports],
    ['cpu', `${percentWords(view.cpuPercent)}  ${line(samples?.cpu ?? [], 100)}`],
    ['memory', `${sizeWords(view.memoryBytes)}  ${line(samples?.memory ?? [], 0)}`],
    ...progressFacts(view, theme),
    ...workFacts(view, nowMs).map(([key, value]) => [plain(key), plain(value)] as const),
  ]
  return all.filter((fact) => fact !== null)
}

function progressFacts({ progress, status }: ProcessView, theme: Theme): Fact[] {
  if (progress === null) return []
  const { percent, message } = progress
  const full = percent === null ? 0 : Math.round((Math.min(100, Math.max(0, percent)) / 100) * SAMPLES)
  const bar = percent === null ? null : `${theme.full.repeat(full)}${theme.empty.repeat(SAMPLES - full)} ${wholePercent(percent)}`
  const words = [bar, amountWords(progress), isEnded(status) ? null : outlookWords(progress)]
    .filter((part) => part !== null)
    .map(plain)
  return [
    ...(words.length === 0 ? [] : [['progress', words.join('  ')] as const]),
    ...(message === null ? [] : [['message', plain(message)] as const]),
  ]
}

function stepLines(steps: readonly StepView[], theme: Theme, depth = 1): string[] {
  return steps.flatMap((step) => {
    const { hue, ascii } = STEP_STATES[step.status]
    const mark = theme.hue(hue)(ascii)
    return [`${'  '.repeat(depth)}${mark} ${stepWords(step).map(plain).join('  ')}`, ...stepLines(step.steps, theme, depth + 1)]
  })
}

function runLine(run: RunView, nowMs: number): string {
  const took = (run.endedAt === null ? nowMs : Date.parse(run.endedAt)) - Date.parse(run.startedAt)
  const outcome = run.outcome === null ? (run.endedAt === null ? 'alive' : 'ended') : statusWord(run.outcome)
  return [
    `  ${toWidth(String(run.run), 5, 'right')}`,
    toWidth(timeWords(run.startedAt, nowMs), 19),
    toWidth(durationWords(took), 8, 'right'),
    toWidth(outcome, 11),
    toWidth(exitFigure(run), 9),
    plain(run.reason ?? ''),
  ].join('  ')
}

function whyLines({ timeline, failures }: WhyView, theme: Theme, nowMs: number): string[] {
  const lines = timeline.map(
    (entry) =>
      `  ${toWidth(timeWords(entry.at, nowMs), 19)}  ${toWidth(statusWord(entry.status), 11)}${entry.run > 0 ? `  ${theme.dim(`run ${entry.run}`)}` : ''}${entry.reason === null ? '' : `  ${plain(entry.reason)}`}`,
  )
  for (const failure of failures) {
    lines.push(
      '',
      `  ${theme.bad(`run ${failure.run} ${failureWords(failure)}`)} at ${timeWords(failure.at, nowMs)}: ${plain(failure.reason)}`,
    )
    const said = failure.lines.length === 0 ? [theme.dim('nothing on stderr')] : failure.lines.map((line) => plain(line))
    lines.push(...said.map((line) => `    ${theme.dim(theme.vertical)} ${line}`))
  }
  return lines
}

/** A long value wraps: details are for a close look. */
function factLines([key, value]: Fact, width: number, theme: Theme): string[] {
  const room = Math.max(MIN_VALUE, width - KEY_WIDTH - 4)
  const lines = wrapAnsi(value, room, { hard: true }).split('\n')
  return lines.map((line, row) => `  ${theme.dim(toWidth(row === 0 ? key : '', KEY_WIDTH, 'left', theme.ellipsis))}  ${line}`)
}

function sections(model: Model, width: number, view: ProcessView, detail: ProcessDetail | null, why: WhyView | null): string[] {
  const { theme, nowMs } = model
  const head = (text: string): string[] => ['', theme.title(text)]
  const runs = detail?.runs ?? []
  return [
    ...facts(model, view).flatMap((fact) => factLines(fact, width, theme)),
    ...(detail === null || detail.steps.length === 0 ? [] : [...head('steps'), ...stepLines(detail.steps, theme)]),
    ...(runs.length === 0 ? [] : head(runs.length > SHOWN_RUNS ? `runs (the last ${SHOWN_RUNS})` : 'runs')),
    // Newest first: the one in question.
    ...runs
      .slice(-SHOWN_RUNS)
      .toReversed()
      .map((run) => runLine(run, nowMs)),
    ...(why === null || why.timeline.length === 0 ? [] : [...head('why'), ...whyLines(why, theme, nowMs)]),
  ]
}

export function drawDetails(model: Model, box: Box): string[] {
  const { theme, details } = model
  if (details === null) return []
  const view = model.views.get(details.id) ?? details.detail
  if (view === null) return [toWidth(`  ${theme.dim('it was deleted')}`, box.width)]
  const title = cut(` ${plain(view.name)} `, box.width - 4, theme.ellipsis)
  const gone = model.views.has(details.id) ? '' : theme.bad(' it was deleted ')
  const error = details.error === null ? '' : theme.bad(` ${plain(details.error)} `)
  const lines = sections(model, box.width, view, details.detail, details.why)
  const height = box.height - 1
  const top = Math.min(details.top, Math.max(0, lines.length - height))
  const below = lines.length - top - height
  const more = below > 0 ? theme.dim(` ${below} more lines below `) : ''
  const heading = toWidth(
    theme.dim(theme.horizontal.repeat(2)) + theme.title(title) + gone + error + more,
    box.width,
    'left',
    theme.ellipsis,
  )
  return [heading, ...lines.slice(top, top + height).map((line) => toWidth(line, box.width, 'left', theme.ellipsis))]
}
