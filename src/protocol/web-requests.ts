/** web.login: opens the page in a browser for a user of the socket, without a lasting secret in any address. */
import { z } from 'zod'
import type { HttpAddress } from './daemon-info.ts'
import { ROLES } from './names.ts'
import { OwnerName } from './request-parts.ts'

export const webRequests = {
  /** Throws FAILED when the daemon listens on its socket only. */
  'web.login': z.strictObject({
    role: z.enum(ROLES).default('admin'),
    /** Whose processes are its own; default: the caller. */
    owner: OwnerName.optional(),
  }),
} as const

export interface WebLogin {
  /** Opens the page once; after `#code=`, which no server or log sees. */
  code: string
  expiresAt: string
  http: HttpAddress
}

export interface WebReplies {
  'web.login': WebLogin
}
