/** Reports of long work, by `::ptrack {...}` line, command, API or library. Each update names only what changed. */
import { z } from 'zod'
import { limits } from './limits.ts'

const text = (max: number) => z.string().max(max)

export const STEP_STATUSES = ['pending', 'running', 'done', 'failed', 'skipped', 'cancelled'] as const
export type StepStatus = (typeof STEP_STATUSES)[number]

const Percent = z.number().min(0).max(100)
const Amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER)

export const StepUpdate = z.strictObject({
  /** Identifies the step in later updates; the first creates it. */
  id: text(64).min(1),
  name: text(200).optional(),
  /** Id of the parent step; null or absent = a top-level step. Fixed by the first update. */
  parent: text(64).min(1).nullable().optional(),
  status: z.enum(STEP_STATUSES).optional(),
  percent: Percent.nullable().optional(),
  message: text(2000).nullable().optional(),
  error: text(2000).nullable().optional(),
})
export type StepUpdate = z.infer<typeof StepUpdate>

export const TrackUpdate = z.strictObject({
  /** Percent of the whole; null clears it. */
  progress: Percent.nullable().optional(),
  current: Amount.nullable().optional(),
  total: Amount.nullable().optional(),
  unit: text(32).nullable().optional(),
  message: text(2000).nullable().optional(),
  /** Merged key by key into what is known; null removes a key. */
  metadata: z.record(text(128), z.unknown()).optional(),
  step: StepUpdate.optional(),
  /** One row of results: any JSON but undefined. */
  result: z.unknown().optional(),
})
export type TrackUpdate = z.infer<typeof TrackUpdate>

/** Who reports: a program inside by its id and run (the marker), a person by naming a process. */
export const Speaker = z.union([z.strictObject({ id: text(64), runId: text(64) }), z.strictObject({ target: text(256).min(1) })])
export type Speaker = z.infer<typeof Speaker>

export const ExternalOutcome = z.enum(['done', 'failed', 'cancelled'])
export type ExternalOutcome = z.infer<typeof ExternalOutcome>

/** How long an external process counts as alive after its last sign of life, ms. */
export const LeaseMs = z.number().int().min(1000).max(limits.waitMs).default(60_000)
