/** token.ls: the tokens, without their values. */
import type { TokenView } from '../../protocol/token-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { viewOf } from './shared/token-view.ts'

export async function tokenLs({ tokens }: Supervisor): Promise<TokenView[]> {
  return tokens.list().map((token) => viewOf(tokens, token))
}
