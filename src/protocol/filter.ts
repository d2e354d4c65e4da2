/** Which processes a list is of. */
import { z } from 'zod'
import { STATUSES } from './names.ts'
import { Target } from './request-parts.ts'
import { SessionName } from './session.ts'

export const Filter = z.strictObject({
  targets: z.array(Target).max(10_000).optional(),
  /** Include ended jobs older than an hour. */
  all: z.boolean().optional(),
  type: z.string().optional(),
  status: z.array(z.enum(STATUSES)).optional(),
  owner: z.string().optional(),
  tag: z.string().optional(),
  project: z.string().max(64).optional(),
  session: SessionName.optional(),
  /** At most this many: what has not ended first, then the newest ended. */
  max: z.number().int().min(1).max(100_000).optional(),
})
export type Filter = z.infer<typeof Filter>
