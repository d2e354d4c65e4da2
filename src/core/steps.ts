/** The steps of a run: a tree reported piecemeal, each update naming only what changed. Times are epoch ms. */
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { isLive, type Status } from '../protocol/names.ts'
import type { StepStatus, StepUpdate } from '../protocol/tracking.ts'
import type { StepView } from '../protocol/view.ts'
import { isoOrNull } from './iso.ts'
import { redact } from './redact.ts'
import type { StepState } from './work-progress.ts'

const OVER: ReadonlySet<StepStatus> = new Set(['done', 'failed', 'skipped', 'cancelled'])

const refused = (id: string, why: string, hint?: string): PtrackError =>
  new PtrackError('BAD_REQUEST', `cannot update step '${id}': ${why}`, { hint })

function depthOf(steps: readonly StepState[], id: string | null): number {
  let depth = 0
  for (let at = id; at !== null; depth++) at = steps.find((step) => step.id === at)?.parent ?? null
  return depth
}

/** A copy of the steps with this update applied. Throws BAD_REQUEST when it does not fit. */
export function withStep(steps: readonly StepState[], update: StepUpdate, nowMs: number): StepState[] {
  const at = steps.findIndex((step) => step.id === update.id)
  const known = steps[at] ?? begun(steps, update)
  if (at >= 0 && update.parent !== undefined && update.parent !== known.parent)
    throw refused(update.id, `it belongs to ${known.parent === null ? 'no other step' : `'${known.parent}'`}, and that is fixed`)
  const next = moved(known, update, nowMs)
  return at >= 0 ? steps.with(at, next) : [...steps, next]
}

/** A step reported for the first time; it has begun unless it says otherwise. */
function begun(steps: readonly StepState[], { id, name, parent = null }: StepUpdate): StepState {
  if (steps.length >= limits.steps) throw refused(id, `a run has at most ${limits.steps} steps`, 'tell fewer, larger ones')
  if (parent !== null && !steps.some((step) => step.id === parent))
    throw refused(id, `its parent '${parent}' is unknown`, 'tell the parent first')
  if (depthOf(steps, parent) >= limits.stepDepth) throw refused(id, `steps nest at most ${limits.stepDepth} deep`)
  return {
    id,
    name: name ?? id,
    parent,
    status: 'running',
    percent: null,
    message: null,
    error: null,
    startedAtMs: null,
    endedAtMs: null,
  }
}

function moved(step: StepState, update: StepUpdate, nowMs: number): StepState {
  const status = update.status ?? step.status
  const over = OVER.has(status)
  const given = update.percent !== undefined ? update.percent : step.percent
  return {
    ...step,
    name: update.name ?? step.name,
    status,
    percent: status === 'done' ? 100 : given,
    message: update.message !== undefined ? update.message : step.message,
    error: update.error !== undefined ? update.error : status === 'failed' ? step.error : null,
    startedAtMs: step.startedAtMs ?? (status === 'pending' || status === 'skipped' ? null : nowMs),
    endedAtMs: over ? (step.endedAtMs ?? nowMs) : null,
  }
}

/** 0-100 of one step: as reported, or the mean of its substeps. */
function percentOf(step: StepState, inside: ReadonlyMap<string | null, StepState[]>): number {
  if (OVER.has(step.status)) return 100
  if (step.percent !== null) return step.percent
  const parts = inside.get(step.id)
  return parts === undefined ? 0 : mean(parts.map((part) => percentOf(part, inside)))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Percent from the top-level steps; null without steps. Below 100: only the end of the run says that no more follow. */
export function percentOfSteps(steps: readonly StepState[]): number | null {
  if (steps.length === 0) return null
  const inside = byParent(steps)
  return Math.min(99, mean((inside.get(null) ?? []).map((step) => percentOf(step, inside))))
}

function byParent(steps: readonly StepState[]): Map<string | null, StepState[]> {
  const inside = new Map<string | null, StepState[]>()
  for (const step of steps) {
    const parts = inside.get(step.parent)
    if (parts === undefined) inside.set(step.parent, [step])
    else parts.push(step)
  }
  return inside
}

/** One step without its substeps. `endMs`: now, or when the run ended; no step lasts beyond it. */
export function toStepView(step: StepState, endMs: number): Omit<StepView, 'steps'> {
  const { id, name, status, percent, message, error, startedAtMs, endedAtMs } = step
  return {
    id,
    name: redact(name),
    status,
    percent,
    message: message === null ? null : redact(message),
    error: error === null ? null : redact(error),
    startedAt: isoOrNull(startedAtMs),
    endedAt: isoOrNull(endedAtMs),
    elapsedMs: startedAtMs === null ? null : Math.max(0, (endedAtMs ?? endMs) - startedAtMs),
  }
}

/** How a run ended, in the words of steps; null while it is running. */
export type StepsOutcome = 'done' | 'failed' | 'cancelled' | null

export function stepsOutcome(status: Status): StepsOutcome {
  if (isLive(status)) return null
  if (status === 'done') return 'done'
  return status === 'failed' || status === 'timeout' || status === 'retrying' ? 'failed' : 'cancelled'
}

/** No step outlives its run: one still open ends like the run, one that never began was skipped. */
function settled(step: StepState, outcome: StepsOutcome, endMs: number): StepState {
  if (outcome === null || OVER.has(step.status)) return step
  return step.status === 'pending' ? { ...step, status: 'skipped' } : { ...step, status: outcome, endedAtMs: endMs }
}

/** All steps as a tree, in the order of their first report. */
export function stepTree(states: readonly StepState[], endMs: number, outcome: StepsOutcome): StepView[] {
  const steps = states.map((step) => settled(step, outcome, endMs))
  const inside = byParent(steps)
  const under = (parent: string | null): StepView[] =>
    (inside.get(parent) ?? []).map((step) => ({ ...toStepView(step, endMs), steps: under(step.id) }))
  return under(null)
}
