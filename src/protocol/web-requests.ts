/** web.login: the way from whoever may open the socket into a browser, without a secret that lasts in any address. */
import { z } from 'zod'
import type { HttpAddress } from './daemon-info.ts'
import { ROLES } from './names.ts'
import { OwnerName } from './request-parts.ts'

export const webRequests = {
  /** Throws FAILED when the daemon listens on its socket only. */
  'web.login': z.strictObject({
    role: z.enum(ROLES).default('admin'),
    /** Whose processes are its own; the caller unless given. */
    owner: OwnerName.optional(),
  }),
} as const

export interface WebLogin {
  /** Opens the page once; behind `#code=`, where no server and no log sees it. */
  code: string
  expiresAt: string
  http: HttpAddress
}

export interface WebReplies {
  'web.login': WebLogin
}
