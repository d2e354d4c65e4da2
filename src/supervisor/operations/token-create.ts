import type { Peer } from '../../core/rights.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { TokenKeeper } from '../token-keeper.ts'
import { viewOf } from './shared/token-view.ts'

export async function createToken(keeper: TokenKeeper, params: Params<'token.create'>, by: Peer): Promise<Reply<'token.create'>> {
  const { value, token } = await keeper.create(params, by)
  return { ...viewOf(keeper, token), token: value }
}
