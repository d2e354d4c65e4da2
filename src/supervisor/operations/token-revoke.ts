import type { Params } from '../../protocol/requests.ts'
import type { TokenKeeper } from '../token-keeper.ts'

export async function revokeToken(keeper: TokenKeeper, { name }: Params<'token.revoke'>): Promise<{ ok: true }> {
  await keeper.revoke(name)
  return { ok: true }
}
