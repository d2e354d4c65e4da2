/** Tokens: named access by TCP for programs and people. For admins only. */
import { z } from 'zod'
import { ROLES, type Role } from './names.ts'
import { OwnerName } from './request-parts.ts'

const TokenName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name has letters, digits, `.`, `_` and `-`, begins with a letter or digit and has at most 64 characters',
  )

/** Ten years: longer is a mistake of unit. */
const LONGEST_MS = 10 * 366 * 86_400_000

export const tokenRequests = {
  'token.create': z.strictObject({
    name: TokenName,
    role: z.enum(ROLES).default('viewer'),
    /** Whose processes are its own; default: the caller. */
    owner: OwnerName.optional(),
    /** From now on; without it, it is valid until revoked. */
    expiresMs: z.number().int().min(1000).max(LONGEST_MS).optional(),
  }),
  'token.ls': z.strictObject({}),
  /** Effective at once, also for open connections. */
  'token.revoke': z.strictObject({ name: z.string().min(1).max(64) }),
} as const

export interface TokenView {
  name: string
  role: Role
  owner: string
  createdAt: string
  createdBy: string
  expiresAt: string | null
  expired: boolean
}

export interface TokenReplies {
  /** `token` is the value, sent only this once and stored nowhere. */
  'token.create': TokenView & { token: string }
  'token.ls': TokenView[]
  'token.revoke': { ok: true }
}
