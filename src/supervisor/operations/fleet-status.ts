/** fleet.status: whether this node is on the bus, and why not. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const fleetStatus = async ({ fleet }: Supervisor): Promise<Reply<'fleet.status'>> =>
  fleet.member('show the state of the fleet').status()
