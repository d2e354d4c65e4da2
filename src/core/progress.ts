/** Applies an update that a process reports to its work progress: whole, or not at all when it does not fit. */
import { PtrackError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { isLive } from '../protocol/names.ts'
import type { TrackUpdate } from '../protocol/tracking.ts'
import type { ProgressView } from '../protocol/view.ts'
import { etaMs, noPace, paced } from './eta.ts'
import { redact } from './redact.ts'
import type { State } from './state.ts'
import { percentOfSteps, withStep } from './steps.ts'
import type { WorkProgress } from './work-progress.ts'
import type { ProcessRecord } from './world.ts'

export const newWorkProgress = (run: number, kept: Pick<WorkProgress, 'results' | 'scanned'>): WorkProgress => ({
  run,
  percent: null,
  current: null,
  total: null,
  unit: null,
  message: null,
  metadata: {},
  steps: [],
  pace: noPace(),
  updatedMono: null,
  stalled: false,
  cooperative: false,
  results: kept.results,
  scanned: kept.scanned,
})

export interface Moment {
  /** Active ms of the run. */
  activeMs: number
  /** Epoch ms. */
  wallMs: number
}

/** `defined`: metadata of the definition, which reported metadata overrides. Throws BAD_REQUEST for what does not fit. */
export function applyUpdate(
  tracking: WorkProgress,
  update: TrackUpdate,
  now: Moment,
  defined: Readonly<Record<string, unknown>>,
): WorkProgress {
  const next: WorkProgress = { ...tracking, updatedMono: now.activeMs, stalled: false }
  if (update.progress !== undefined) {
    next.percent = update.progress
    // One source at a time: the percent reported last is shown.
    if (update.progress !== null && update.current === undefined && update.total === undefined) {
      next.current = null
      next.total = null
    }
  }
  if (update.current !== undefined) next.current = update.current
  if (update.total !== undefined) next.total = update.total
  if (update.unit !== undefined) next.unit = update.unit
  if (update.progress === undefined && (update.current !== undefined || update.total !== undefined)) next.percent = null
  if (update.message !== undefined) next.message = update.message
  if (update.metadata !== undefined) next.metadata = mergedMetadata(tracking.metadata, update.metadata, defined)
  if (update.step !== undefined) next.steps = withStep(tracking.steps, update.step, now.wallMs)
  const percent = percentOf(next)
  const sinceMs = tracking.updatedMono === null ? null : Math.max(0, now.activeMs - tracking.updatedMono)
  next.pace = paced(tracking.pace, now.activeMs, sinceMs, percent === null ? null : percent / 100)
  return next
}

/** Reported, or computed from current and total or from the steps; null when unknown. */
export function percentOf({ percent, current, total, steps }: WorkProgress): number | null {
  if (percent !== null) return percent
  if (current !== null && total !== null) return total > 0 ? Math.min(100, (current / total) * 100) : null
  return current === null ? percentOfSteps(steps) : null
}

/** Key by key; null removes a key, also one of the definition (remembered as null). */
function mergedMetadata(
  known: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
  defined: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(known))
  for (const [key, value] of Object.entries(own)) {
    if (value === null && !Object.hasOwn(defined, key)) merged.delete(key)
    else merged.set(key, value)
  }
  const metadata = Object.fromEntries(merged)
  const bytes = Buffer.byteLength(JSON.stringify(viewMetadata(defined, metadata)))
  if (bytes > limits.metadataBytes)
    throw new PtrackError(
      'BAD_REQUEST',
      `cannot take the metadata: together it is ${bytes} bytes, over ${limits.metadataBytes}`,
      {
        hint: 'results take larger data; null removes a key',
      },
    )
  return metadata
}

/** The definition's metadata, overridden by what was reported since. */
export function viewMetadata(
  defined: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const removed = Object.keys(own).filter((key) => own[key] === null)
  const metadata = { ...defined, ...own }
  for (const key of removed) delete metadata[key]
  return metadata
}

/** Ms of active (not paused) work of the present run; 0 without one. */
export function activeMs(state: State, nowMono: number): number {
  const run = 'external' in state ? state.external : 'live' in state ? state.live : null
  if (run === null) return 0
  const until = state.status === 'paused' ? state.sinceMono : nowMono
  return Math.max(0, until - run.startedMono - run.pausedMs)
}

export function toProgressView({ tracking, tracked: { state } }: ProcessRecord, nowMono: number): ProgressView | null {
  if (tracking === null) return null
  const { current, total, unit, message, stalled } = tracking
  const own = percentOf(tracking)
  if (own === null && current === null && message === null) return null
  // Once it is done, no further step can follow.
  const percent = own !== null && tracking.percent === null && current === null && state.status === 'done' ? 100 : own
  const counting = isLive(state.status) && state.status !== 'paused'
  const eta = percent === 100 ? 0 : counting && percent !== null ? etaMs(tracking.pace, activeMs(state, nowMono)) : null
  return {
    percent: percent === null ? null : Math.round(percent * 10) / 10,
    current,
    total,
    unit,
    message: message === null ? null : redact(message),
    etaMs: eta,
    stalled,
  }
}
