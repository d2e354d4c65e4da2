/** fleet.invite: a token for one more node. */
import { iso } from '../../core/iso.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetInvite(
  { fleet }: Supervisor,
  { role, ttlMs }: Params<'fleet.invite'>,
): Promise<Reply<'fleet.invite'>> {
  const { token, expiresAtMs, servers } = await fleet.member('invite a node').invite(role, ttlMs)
  return { token, role, expires: iso(expiresAtMs), servers }
}
