/** token.create, token.ls and token.revoke. Who may ask is decided in the guard. */
import type { Peer } from '../../core/rights.ts'
import type { TokenRecord } from '../../core/world-tokens.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { TokenView } from '../../protocol/token-requests.ts'
import type { TokenKeeper } from '../token-keeper.ts'

export async function createToken(keeper: TokenKeeper, params: Params<'token.create'>, by: Peer): Promise<Reply<'token.create'>> {
  const { value, token } = await keeper.create(params, by)
  return { ...viewOf(keeper, token), token: value }
}

export async function listTokens(keeper: TokenKeeper): Promise<TokenView[]> {
  return keeper.list().map((token) => viewOf(keeper, token))
}

export async function revokeToken(keeper: TokenKeeper, { name }: Params<'token.revoke'>): Promise<{ ok: true }> {
  await keeper.revoke(name)
  return { ok: true }
}

function viewOf(keeper: TokenKeeper, token: TokenRecord): TokenView {
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
