/** fleet.kick: a node is out of the fleet; what runs there runs on. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetKick(
  { fleet }: Supervisor,
  { node }: Params<'fleet.kick'>,
  user: string,
): Promise<Reply<'fleet.kick'>> {
  const keeper = fleet.member(`kick ${node}`)
  const wasHere = await keeper.kick(node, `${user}@${keeper.membership.node}`)
  return { node, wasHere }
}
