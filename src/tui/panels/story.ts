/** What a process has behind it: checks, steps, runs, its load of the last hour, and who did what. */
import type { RunBar } from '../../protocol/overview.ts'
import type { ProcessDetail, ProcessView, RunView, StepView, WhyView } from '../../protocol/view.ts'
import { turnsOf } from '../../words/happenings.ts'
import { cpuScale } from '../../words/scales.ts'
import { clockWords, counted } from '../../words/short.ts'
import { STATES, type State, statusWord } from '../../words/states.ts'
import { exitFigure, percentWords, sizeWords, UNKNOWN } from '../../words/status.ts'
import { STEP_STATES, stepWords } from '../../words/steps.ts'
import { timeWords } from '../../words/time.ts'
import type { Model } from '../model.ts'
import { blocks } from '../sparkline.ts'
import { plain, toWidth } from '../text.ts'
import type { Theme } from '../theme.ts'
import { lastedWords, stripCell } from './cells.ts'

const SHOWN_RUNS = 8
const STRIP = 30
const CHART_HEIGHT = 4
const TURNS = 14

/** `✓ port 4242 accepts`, `▲ GET /healthz answered 503, 120 times in a row`. */
export function checkLines({ theme, nowMs }: Model, detail: ProcessDetail | null): string[] {
  return (detail?.checks ?? []).map(({ check, answer, failures, since }) => {
    const state: State = failures > 0 ? 'unhealthy' : 'done'
    const often = failures > 1 ? `, ${counted(failures, 'time')} in a row` : ''
    const paint = theme.hue(STATES[state].hue)
    return ` ${paint(theme.mark(state))} ${plain(`${check} ${answer}${often}`)} ${theme.dim(`since ${timeWords(since, nowMs)}`)}`
  })
}

export function stepLines(steps: readonly StepView[], theme: Theme, depth = 0): string[] {
  return steps.flatMap((step) => {
    const { hue, ascii, mark } = STEP_STATES[step.status]
    const sign = theme.hue(hue)(theme.unicode ? mark : ascii)
    return [` ${'  '.repeat(depth)}${sign} ${stepWords(step).map(plain).join('  ')}`, ...stepLines(step.steps, theme, depth + 1)]
  })
}

const tookMs = ({ startedAt, endedAt }: RunView, nowMs: number): number =>
  (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt)

/** The state of a run: how it ended, or that it lives. */
const outcomeOf = ({ outcome, endedAt }: RunView): State | null =>
  outcome === null ? (endedAt === null ? 'running' : null) : (outcome as State)

/** Newest first; runs that ended alike one after another are one line. */
export function runLines(model: Model, view: ProcessView, detail: ProcessDetail | null): string[] {
  const { theme, nowMs, strips } = model
  const runs = detail?.runs ?? []
  if (runs.length === 0) return []
  const strip =
    strips.get(view.id) ??
    runs.map(
      (run): RunBar => ({
        run: run.run,
        startedAt: run.startedAt,
        durationMs: tookMs(run, nowMs),
        outcome: run.outcome as RunBar['outcome'],
      }),
    )
  const folded: { run: RunView; first: number; count: number }[] = []
  for (const run of runs.toReversed()) {
    const last = folded.at(-1)
    const alike = last !== undefined && last.run.outcome !== null && sameEnd(last.run, run)
    if (alike) {
      last.count++
      last.first = run.run
    } else folded.push({ run, first: run.run, count: 1 })
  }
  const lines = folded.slice(0, SHOWN_RUNS).map(({ run, first, count }) => {
    const state = outcomeOf(run)
    const mark = state === null ? '?' : theme.hue(STATES[state].hue)(theme.mark(state))
    const word = state === null ? 'ended' : state === 'running' ? 'runs' : statusWord(state)
    const exit = exitFigure(run)
    const which = count === 1 ? String(run.run) : `${first} to ${run.run}`
    const often = count === 1 ? '' : theme.dim(`  ${theme.times}${count}`)
    const why = run.reason ?? (exit === UNKNOWN || exit === '0' ? '' : `exit ${exit}`)
    return ` ${mark} ${toWidth(which, 12)} ${toWidth(timeWords(run.startedAt, nowMs), 19)}  ${toWidth(lastedWords(tookMs(run, nowMs)), 7, 'right')}  ${toWidth(word, 11)}  ${plain(why)}${often}`
  })
  const drawn = stripCell(strip, Math.min(STRIP, strip.length), theme)
  return [` ${drawn}`, ...lines]
}

const sameEnd = (one: RunView, other: RunView): boolean =>
  one.outcome === other.outcome && one.exitCode === other.exitCode && one.signal === other.signal && one.reason === other.reason

/** The last hour, once there is something to draw. */
export function loadLines(model: Model, view: ProcessView, width: number): string[] {
  const { theme, load } = model
  if (load === null || load.id !== view.id || load.cpu.filter((value) => value !== null).length < 3) return []
  const half = Math.floor((width - 5) / 2)
  if (half < 20) return []
  const size = { width: half, height: CHART_HEIGHT }
  const known = load.memory.filter((value) => value !== null)
  const most = Math.max(...known, 1)
  const cpu = blocks(load.cpu, size, cpuScale(load.cpu), theme.heights)
  const memory = blocks(load.memory, size, { low: 0, high: most * 1.1 }, theme.heights)
  const heads = [`CPU ${percentWords(view.cpuPercent)}`, `Memory ${sizeWords(view.memoryBytes)}, at most ${sizeWords(most)}`]
  const hourAgo = clockWords(new Date(model.nowMs - 3_600_000).toISOString())
  const now = clockWords(new Date(model.nowMs).toISOString())
  const axis = theme.dim(`${hourAgo}${' '.repeat(Math.max(1, half - hourAgo.length - now.length))}${now}`)
  return [
    '',
    ` ${theme.bold(toWidth(heads[0]!, half, 'left', theme.ellipsis))}   ${theme.bold(toWidth(heads[1]!, half, 'left', theme.ellipsis))}`,
    ...cpu.map((line, row) => ` ${theme.figure(line)}   ${theme.figure(memory[row]!)}`),
    ` ${axis}   ${axis}`,
  ]
}

/** Newest first: turns of its state, and who asked for what. */
export function turnLines(why: WhyView, { theme, nowMs }: Model): string[] {
  return turnsOf(why, TURNS).map(({ at, state, what, why: because, count }) => {
    const mark = state === null ? theme.accent(theme.pointer) : theme.hue(STATES[state].hue)(theme.mark(state))
    const often = count === 1 ? '' : theme.dim(`  ${theme.times}${count}`)
    const said = state === null ? `${plain(what)}: ${plain(because)}` : `${toWidth(plain(what), 12)}  ${plain(because)}`
    return ` ${theme.dim(toWidth(timeWords(at, nowMs), 19))}  ${mark} ${said}${often}`
  })
}
