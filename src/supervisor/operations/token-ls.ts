import type { TokenView } from '../../protocol/token-requests.ts'
import type { TokenKeeper } from '../token-keeper.ts'
import { viewOf } from './shared/token-view.ts'

export async function listTokens(keeper: TokenKeeper): Promise<TokenView[]> {
  return keeper.list().map((token) => viewOf(keeper, token))
}
