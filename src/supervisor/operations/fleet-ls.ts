/** fleet.ls: the nodes that this one has heard of. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const fleetLs = async ({ fleet }: Supervisor): Promise<Reply<'fleet.ls'>> => fleet.member('list the nodes').nodes()
