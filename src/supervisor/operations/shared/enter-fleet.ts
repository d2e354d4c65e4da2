/** A home becomes a node: it has when the bus has accepted it, or not at all. */
import type { Membership } from '../../../core/fleet/messages.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { type FleetStatus, NODE_NAME, splitAtNode, withoutPassword } from '../../../protocol/fleet.ts'
import { FLEET_WORD } from '../../../protocol/fleet-jobs.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { nameOf } from '../../registry.ts'

/** To reach a server that is far, and to hear whether the name is taken. */
const PATIENCE_MS = 15_000

type Wanted = Pick<Membership, 'node' | 'id' | 'servers' | 'credentials' | 'trustBus' | 'own' | 'tags'>

/** Throws for a home that is in a fleet; what it was kicked from is over. */
export async function refuseMember({ fleet, world }: Supervisor, verb: 'join' | 'create a fleet'): Promise<void> {
  const { joined } = fleet
  if (joined === null) return
  if (joined.membership.kicked === null)
    throw new PtrackError(
      'BAD_REQUEST',
      `cannot ${verb}: this home is in a fleet already, as the node ${joined.membership.node}`,
      {
        hint: '`ptrack fleet leave` first',
      },
    )
  await world.fleet.forget()
  fleet.drop()
}

/** The name and the id of this home as a node. Throws USAGE for a machine whose name is none of a node. */
export async function identityFor({ world }: Supervisor, name: string | undefined): Promise<{ node: string; id: string }> {
  const node = name ?? world.fleet.host()
  if (!NODE_NAME.test(node))
    throw new PtrackError(
      'USAGE',
      `cannot join the fleet as ${JSON.stringify(node)}: the name of this machine is no name of a node`,
      { hint: 'give it one with --name' },
    )
  if (node === FLEET_WORD)
    throw new PtrackError('USAGE', `cannot join the fleet as ${node}: NAME@${node} means a job of the fleet, wherever it runs`, {
      hint: 'give it another name with --name',
    })
  const kept = await world.fleet.load().catch((error: unknown) => {
    if (!(error instanceof PtrackError) || error.code !== 'BAD_FILE') throw error
    return null
  })
  return { node, id: kept?.id ?? world.newId(16) }
}

export async function enterFleet(
  { fleet, world, registry, events }: Supervisor,
  wanted: Wanted,
  hint: string,
): Promise<FleetStatus & { shadowed: string[] }> {
  const membership: Membership = { ...wanted, joinedAtMs: world.clock.wall(), kicked: null }
  const keeper = await fleet.keep(membership)
  keeper.begin()
  try {
    const { state, reason, conflict } = await keeper.firstFacts(PATIENCE_MS)
    const servers = membership.servers.map(withoutPassword).join(', ')
    if (state === 'refused')
      throw new PtrackError('DUPLICATE_NAME', `cannot join the fleet as ${membership.node}: ${reason}`, {
        hint:
          conflict === 'name'
            ? '--name gives this node another name'
            : 'remove fleet.json from the copy, and join with it as a node of its own',
      })
    if (state !== 'up') throw new PtrackError('BUS_DOWN', `cannot join the fleet on ${servers}: ${reason}`, { hint })
    await world.fleet.save(membership)
    await fleet.publish(events.seq)
  } catch (error) {
    await keeper.leave()
    fleet.drop()
    // Nothing was written on a bus of others.
    if (wanted.own !== null) await world.fleet.forget()
    throw error
  }
  const nodeIn = (name: string): string | null => splitAtNode(name)?.node ?? null
  const names = [...registry.all()].map(nameOf).filter((name) => nodeIn(name) !== null)
  await keeper.namesKnown(names.map((name) => nodeIn(name)!))
  const shadowed = names.filter((name) => keeper.isNode(nodeIn(name)!))
  return { ...(await keeper.status()), shadowed }
}
