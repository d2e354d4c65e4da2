/** A token as people see it. */
import type { TokenRecord } from '../../../core/world-tokens.ts'
import type { TokenView } from '../../../protocol/token-requests.ts'
import type { TokenKeeper } from '../../token-keeper.ts'

export function viewOf(keeper: TokenKeeper, token: TokenRecord): TokenView {
  return {
    name: token.name,
    role: token.role,
    owner: token.owner,
    createdAt: new Date(token.createdAtMs).toISOString(),
    createdBy: token.createdBy,
    expiresAt: token.expiresAtMs === null ? null : new Date(token.expiresAtMs).toISOString(),
    expired: keeper.isExpired(token),
  }
}
