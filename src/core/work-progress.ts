/** What a process has told of its own work; saved with its record, so that a later daemon knows it too. Pure data. */
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

/** The speed an ETA is computed from; its fields belong to eta.ts. Times are ms of active (not paused) work since the run began. */
export interface Pace {
  /** When and how far the last update that moved was; null before the first. */
  atMono: number | null
  /** 0-1 of the whole. */
  fraction: number
  /** Work (0-1) and the time it took, older shares faded; both 0 until a second update moved. */
  workDone: number
  workMs: number
  /** Time over which they were measured. */
  measuredMs: number
  /** Usual time between two updates, ms; null until two came. */
  gapMs: number | null
  updates: number
}

export interface WorkProgress {
  /** The run this belongs to; a new run starts with an empty one, but keeps `results`. */
  run: number
  percent: number | null
  current: number | null
  total: number | null
  unit: string | null
  message: string | null
  metadata: Record<string, unknown>
  /** In the order they were told first; a tree by `parent`. */
  steps: StepState[]
  pace: Pace
  /** Active ms of the run at the last update; null before the first. */
  updatedMono: number | null
  stalled: boolean
  /** The run has asked at a checkpoint, so a pause can wait for the next one. */
  cooperative: boolean
  /** Rows of results over all runs. */
  results: number
  /** Logical offsets of the log up to which `::ptrack` lines were taken. */
  scanned: { out: number; err: number }
}
