/** Sessions: what a caller started for as long as it lives itself. When its process is gone, that is stopped. */
import { z } from 'zod'
import { limits } from './limits.ts'

export const SessionName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/, 'letters, digits, . _ @ -, at most 64')

export const SessionOwner = z.strictObject({
  name: SessionName,
  /** The process whose end is the session's end; on the daemon's machine. */
  pid: z.number().int().min(1),
  /** How long what it started stays after it. */
  lingerMs: z.number().int().min(0).max(limits.sessionLingerMs),
})
export type SessionOwner = z.infer<typeof SessionOwner>
