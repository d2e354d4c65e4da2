/** token.revoke: also ends the connections that used it. */
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function tokenRevoke({ tokens }: Supervisor, { name }: Params<'token.revoke'>): Promise<{ ok: true }> {
  await tokens.revoke(name)
  return { ok: true }
}
