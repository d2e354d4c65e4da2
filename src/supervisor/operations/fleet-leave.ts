/** fleet.leave: what runs here runs on. A file that cannot be read is removed too. Who has made the fleet ends its bus. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { endBusService } from './shared/bus-service.ts'

export async function fleetLeave(supervisor: Supervisor, { force }: Params<'fleet.leave'>): Promise<Reply<'fleet.leave'>> {
  const { fleet, world } = supervisor
  const joined = fleet.joined ?? (world.fleet.isMember() ? null : fleet.member('leave the fleet'))
  const { own = null, node = '' } = joined?.membership ?? {}
  const isFounder = own !== null && own.founder === node
  if (isFounder && !force) await refuseOthers(await joined!.members(), node)
  await joined?.leave()
  if (isFounder) await endBusService(supervisor)
  await world.fleet.forget()
  fleet.drop()
  return { node }
}

async function refuseOthers(members: readonly string[], self: string): Promise<void> {
  const others = members.filter((name) => name !== self)
  if (others.length === 0) return
  throw new PtrackError('BAD_REQUEST', `cannot leave: ${others.join(', ')} would be without a bus, which runs here`, {
    hint: 'let them leave first (`ptrack fleet leave` there), or end the fleet for all with --force',
  })
}
