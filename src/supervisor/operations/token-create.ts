/** token.create: its value is shown only this once. */
import type { Peer } from '../../core/rights.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { viewOf } from './shared/token-view.ts'

export async function tokenCreate(
  { tokens }: Supervisor,
  params: Params<'token.create'>,
  by: Peer,
): Promise<Reply<'token.create'>> {
  const { value, token } = await tokens.create(params, by)
  return { ...viewOf(tokens, token), token: value }
}
