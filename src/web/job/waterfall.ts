/** What follows on what within a job: its steps, and its attempts with the waits between them, on one axis each. */
import type { HistoryRow } from '../../protocol/history.ts'
import type { ProcessView, StepView } from '../../protocol/view.ts'
import type { State } from '../../words/states.ts'
import { classOf } from '../timeline/stretches.ts'

export interface Piece {
  class: string
  fromMs: number
  toMs: number
}

export interface Fall {
  key: string
  depth: number
  state: State
  name: string
  pieces: Piece[]
  /** Null while it has not begun. */
  tookMs: number | null
  note: string
}

export interface Waterfall {
  fromMs: number
  toMs: number
  falls: Fall[]
}

const ms = (iso: string): number => Date.parse(iso)

const STEP_STATES: Readonly<Record<StepView['status'], State>> = {
  pending: 'pending',
  running: 'running',
  done: 'done',
  failed: 'failed',
  skipped: 'cancelled',
  cancelled: 'cancelled',
}
const STEP_CLASSES: Readonly<Record<StepView['status'], string>> = {
  ...{ pending: 'wait', running: 'run', done: 'done', failed: 'bad', skipped: 'off', cancelled: 'off' },
}

/** Steps in their order, those within others below them. `endMs`: when all of it is expected to end, or ended. */
export function stepsFall(steps: readonly StepView[], startedMs: number, nowMs: number, endMs: number | null): Waterfall {
  const falls: Fall[] = []
  const add = (step: StepView, depth: number): void => {
    const from = step.startedAt === null ? null : ms(step.startedAt)
    const to = step.endedAt === null ? nowMs : ms(step.endedAt)
    const percent = step.status === 'running' && step.percent !== null ? `${Math.round(step.percent)}%` : ''
    const skipped = step.status === 'skipped' ? 'skipped' : ''
    falls.push({
      key: step.id,
      depth,
      state: STEP_STATES[step.status],
      name: step.name,
      pieces: from === null ? [] : [{ class: STEP_CLASSES[step.status], fromMs: from, toMs: Math.max(from, to) }],
      tookMs: from === null ? null : Math.max(0, to - from),
      note: [percent, skipped, step.error ?? step.message ?? ''].filter(Boolean).join(' · '),
    })
    for (const each of step.steps) add(each, depth + 1)
  }
  for (const step of steps) add(step, 0)
  const last = Math.max(...falls.flatMap(({ pieces }) => pieces.map(({ toMs }) => toMs)), startedMs + 1000)
  return {
    fromMs: Math.min(startedMs, ...falls.flatMap(({ pieces }) => pieces.map(({ fromMs }) => fromMs))),
    toMs: Math.max(last, endMs ?? 0),
    falls,
  }
}

/** `7 of 12 done, 1 failed`. */
export function stepsWords(steps: readonly StepView[]): string {
  const all: StepView[] = []
  const add = (step: StepView): void => {
    if (step.steps.length === 0) all.push(step)
    step.steps.forEach(add)
  }
  steps.forEach(add)
  const count = (status: StepView['status']): number => all.filter((step) => step.status === status).length
  const failed = count('failed')
  return `${count('done')} of ${all.length} done${failed === 0 ? '' : `, ${failed} failed`}`
}

/** Of one request to run: from its first attempt on. `rows`: newest first. */
export function attemptsFall(
  view: ProcessView,
  rows: readonly HistoryRow[],
  nowMs: number,
  expectedEndMs: number | null,
): Waterfall | null {
  const lives = view.status !== 'retrying' && view.endedAt === null && view.startedAt !== null && view.status !== 'pending'
  const own: HistoryRow[] = []
  for (const row of rows) {
    if (own.length > 0 && own.at(-1)!.attempt <= 1) break
    // A run that was asked for anew is nobody's second attempt.
    if (own.length === 0 && lives && view.restarts === 0) break
    own.push(row)
  }
  own.reverse()
  const falls: Fall[] = []
  let endMs: number | null = null
  /** Of the queue before the first, the backoff before each other. */
  const before = (fromMs: number, spans: HistoryRow['spans']): Piece[] => {
    const previous = endMs
    const pieces: Piece[] = (spans ?? [])
      .filter(({ kind, to }) => kind === 'waiting' && to !== null)
      .map(({ from, to }) => ({
        class: previous !== null && ms(from) - previous < MOMENT_MS ? 'plan' : 'wait',
        fromMs: ms(from),
        toMs: ms(to!),
      }))
    if (pieces.length > 0 || previous === null || fromMs <= previous) return pieces
    return [{ class: 'plan', fromMs: previous, toMs: fromMs }]
  }
  for (const row of own) {
    const [from, to] = [ms(row.startedAt), ms(row.endedAt)]
    const pieces: Piece[] = [...before(from, row.spans), { class: classOf(row), fromMs: from, toMs: to }]
    falls.push({
      key: row.runId,
      depth: 0,
      state: row.outcome,
      name: `Attempt ${row.attempt}`,
      pieces,
      tookMs: to - from,
      note: `run ${row.run}${row.reason ? `: ${row.reason}` : ''}`,
    })
    endMs = to
  }
  let toMs = endMs ?? 0
  if (lives) {
    const from = ms(view.startedAt!)
    const pieces: Piece[] = [...before(from, []), { class: 'run', fromMs: from, toMs: nowMs }]
    if (expectedEndMs !== null && expectedEndMs > nowMs) pieces.push({ class: 'plan', fromMs: nowMs, toMs: expectedEndMs })
    falls.push({
      key: `live ${view.run}`,
      depth: 0,
      state: view.status,
      name: `Attempt ${view.restarts + 1}`,
      pieces,
      tookMs: nowMs - from,
      note: `run ${view.run}`,
    })
    toMs = Math.max(nowMs, expectedEndMs ?? 0)
  } else if (view.status === 'retrying' && view.retry !== null && endMs !== null) {
    const nextMs = ms(view.retry.nextAt)
    const pieces = [{ class: 'plan', fromMs: endMs, toMs: Math.max(endMs, nextMs) }]
    falls.push({
      key: 'next',
      depth: 0,
      state: 'retrying',
      name: `Attempt ${view.retry.attempt}`,
      pieces,
      tookMs: null,
      note: 'next',
    })
    toMs = Math.max(nextMs, nowMs)
  }
  const fromMs = Math.min(...falls.flatMap(({ pieces }) => pieces.map((piece) => piece.fromMs)))
  const waitedMs = falls
    .flatMap(({ pieces }) => pieces)
    .reduce((all, piece) => all + (piece.class === 'wait' ? piece.toMs - piece.fromMs : 0), 0)
  if (falls.length < 2 && waitedMs < Math.max(LONG_MS, (toMs - fromMs) / 50)) return null
  return {
    fromMs,
    toMs,
    falls: falls.slice(-MOST),
  }
}

/** Between an end and the wait that follows from it. */
const MOMENT_MS = 500
/** A shorter wait before the only attempt is not worth a panel. */
const LONG_MS = 1000

/** More would be a list, which the tab of runs is. */
const MOST = 20

/** Of a piece, in percent of the width; what is very short is still seen. */
export function placeOf({ fromMs, toMs }: Pick<Waterfall, 'fromMs' | 'toMs'>, piece: Piece): { x: number; width: number } {
  const whole = Math.max(1, toMs - fromMs)
  const at = (time: number): number => Math.min(100, Math.max(0, ((time - fromMs) / whole) * 100))
  const x = Math.min(99.4, at(piece.fromMs))
  return { x, width: Math.max(0.6, at(piece.toMs) - x) }
}
