/** What a process has reported about its work; saved with its record for a later daemon. */
import type { StepStatus } from '../protocol/tracking.ts'

export interface StepState {
  id: string
  name: string
  parent: string | null
  status: StepStatus
  percent: number | null
  message: string | null
  error: string | null
  startedAtMs: number | null
  endedAtMs: number | null
}

/** The speed that an ETA is computed from (eta.ts). Times are ms of active (not paused) work since the run began. */
export interface Pace {
  /** Time and fraction of the last update that moved; null before the first. */
  atMono: number | null
  /** 0-1 of the whole. */
  fraction: number
  /** Work (0-1) and the time it took, older shares faded; both 0 until a second update moved. */
  workDone: number
  workMs: number
  measuredMs: number
  /** Usual time between two updates, ms; null until two came. */
  gapMs: number | null
  updates: number
}

export interface WorkProgress {
  /** A new run starts with an empty one, but keeps `results`. */
  run: number
  percent: number | null
  current: number | null
  total: number | null
  unit: string | null
  message: string | null
  metadata: Record<string, unknown>
  /** In the order of their first report; a tree by `parent`. */
  steps: StepState[]
  pace: Pace
  /** Active ms of the run at the last update; null before the first. */
  updatedMono: number | null
  stalled: boolean
  /** The run has asked at a checkpoint, so a pause can wait for the next one. */
  cooperative: boolean
  /** Rows of results over all runs. */
  results: number
  /** Logical log offsets up to which `::ptrack` lines were processed. */
  scanned: { out: number; err: number }
}
