/** fleet.leave: what runs here runs on. A file that cannot be read is removed too. */
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetLeave({ fleet, world }: Supervisor): Promise<Reply<'fleet.leave'>> {
  const joined = fleet.joined ?? (world.fleet.isMember() ? null : fleet.member('leave the fleet'))
  await world.fleet.forget()
  await joined?.leave()
  fleet.drop()
  return { node: joined?.membership.node ?? '' }
}
