/** fleet.create: this home makes a fleet, runs its bus as a service, and is its first node. All of it, or nothing. */
import type { DefinedBy } from '../../core/world.ts'
import { BUS_SERVICE } from '../../protocol/fleet.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { newcomerOf, setUp } from '../fleet/set-up.ts'
import { endBusService, startBusService } from './shared/bus-service.ts'
import { refuseNames } from './shared/define.ts'
import { enterFleet, identityFor, refuseMember } from './shared/enter-fleet.ts'

export async function fleetCreate(
  supervisor: Supervisor,
  { name, host, port, serverBinary, tags }: Params<'fleet.create'>,
  caller: Omit<DefinedBy, 'atMs'>,
): Promise<Reply<'fleet.create'>> {
  await refuseMember(supervisor, 'create a fleet')
  const identity = await identityFor(supervisor, name)
  refuseNames(supervisor, [BUS_SERVICE])
  const { world } = supervisor
  const newcomer = newcomerOf(world, identity.node, identity.id)
  const { membership, command } = await setUp(world, { kind: 'found', newcomer, listen: { host, port }, serverBinary })
  try {
    const pid = await startBusService(supervisor, { command, port }, caller)
    const status = await enterFleet(
      supervisor,
      { ...identity, ...membership, trustBus: false, tags: [...new Set(tags)] },
      `\`ptrack logs ${BUS_SERVICE}\` shows what the server says`,
    )
    return { ...status, pid }
  } catch (error) {
    await endBusService(supervisor)
    await world.fleet.forget()
    throw error
  }
}
