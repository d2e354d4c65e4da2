/** token.revoke: ends what was connected by it, too. */
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function tokenRevoke({ tokens }: Supervisor, { name }: Params<'token.revoke'>): Promise<{ ok: true }> {
  await tokens.revoke(name)
  return { ok: true }
}
