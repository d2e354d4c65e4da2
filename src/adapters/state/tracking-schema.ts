/** The saved work progress of a process. A broken one is dropped, not the process. */
import { z } from 'zod'
import type { WorkProgress } from '../../core/work-progress.ts'
import { STEP_STATUSES } from '../../protocol/tracking.ts'

const whole = z.number().int().min(0)
const number = z.number()
const amount = number.nullable().default(null)
const sentence = z.string().nullable().default(null)

const StepState = z.looseObject({
  id: z.string(),
  name: z.string(),
  parent: sentence,
  status: z.enum(STEP_STATUSES),
  percent: amount,
  message: sentence,
  error: sentence,
  startedAtMs: amount,
  endedAtMs: amount,
})

const SavedTracking = z.looseObject({
  run: whole,
  percent: amount,
  current: amount,
  total: amount,
  unit: sentence,
  message: sentence,
  metadata: z.record(z.string(), z.unknown()).default({}),
  steps: z.array(StepState).default([]),
  pace: z.looseObject({
    atMono: amount,
    fraction: number,
    workDone: number,
    workMs: number,
    measuredMs: number,
    gapMs: amount,
    updates: whole,
  }),
  updatedMono: amount,
  stalled: z.boolean().default(false),
  cooperative: z.boolean().default(false),
  results: whole.default(0),
  scanned: z.looseObject({ out: number, err: number }).default({ out: 0, err: 0 }),
})

export const TrackingOrNull: z.ZodType<WorkProgress | null, unknown> = SavedTracking.nullable().catch(null)
