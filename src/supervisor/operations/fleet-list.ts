/** fleet.list: the processes of all nodes, each asked with the rights of the client here. */
import { EncodedRows } from '../../core/fleet/encoded-rows.ts'
import type { Asker } from '../../core/fleet/messages.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetList(
  { fleet }: Supervisor,
  { where }: Params<'fleet.list'>,
  asker: Asker,
): Promise<Reply<'fleet.list'>> {
  return new EncodedRows(await fleet.member('list the processes of the fleet').list(where, asker))
}
