/** fleet.join: this home becomes a node of the fleet on a bus that others run. It has joined when the bus has accepted it, or not at all. */
import { PtrackError } from '../../protocol/errors.ts'
import { NODE_NAME, splitAtNode, withoutPassword } from '../../protocol/fleet.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'

/** To reach a server that is far, and to hear whether the name is taken. */
const PATIENCE_MS = 8000

export async function fleetJoin(
  { fleet, world, registry }: Supervisor,
  params: Params<'fleet.join'>,
): Promise<Reply<'fleet.join'>> {
  const { joined } = fleet
  if (joined !== null)
    throw new PtrackError('BAD_REQUEST', `cannot join: this home is in a fleet already, as the node ${joined.membership.node}`, {
      hint: '`ptrack fleet leave` first',
    })
  const node = params.name ?? nodeNameOf(world.fleet.host())
  const kept = await world.fleet.load().catch((error: unknown) => {
    if (!(error instanceof PtrackError) || error.code !== 'BAD_FILE') throw error
    return null
  })
  const membership = {
    node,
    id: kept?.id ?? world.newId(16),
    servers: params.servers,
    credentials: params.credentials ?? null,
    trustBus: params.trustBus,
    joinedAtMs: world.clock.wall(),
  }
  const keeper = await fleet.keep(membership)
  try {
    const { state, reason, conflict } = await keeper.firstFacts(PATIENCE_MS)
    const servers = params.servers.map(withoutPassword).join(', ')
    if (state === 'refused')
      throw new PtrackError('DUPLICATE_NAME', `cannot join the fleet as ${node}: ${reason}`, {
        hint:
          conflict === 'name'
            ? '--name gives this node another name'
            : 'remove fleet.json from the copy, and join with it as a node of its own',
      })
    if (state !== 'up')
      throw new PtrackError('BUS_DOWN', `cannot join the fleet on ${servers}: ${reason}`, {
        hint: 'see whether a nats-server runs there, and whether it wants --creds',
      })
    await world.fleet.save(membership)
  } catch (error) {
    await keeper.leave()
    fleet.drop()
    throw error
  }
  await keeper.namesKnown()
  const shadowed = [...registry.all()].map(nameOf).filter((name) => {
    const split = splitAtNode(name)
    return split !== null && keeper.isNode(split.node)
  })
  return { ...(await keeper.status()), shadowed }
}

/** Throws USAGE for a machine whose name is none of a node. */
function nodeNameOf(host: string): string {
  if (NODE_NAME.test(host)) return host
  throw new PtrackError(
    'USAGE',
    `cannot join the fleet as ${JSON.stringify(host)}: the name of this machine is no name of a node`,
    {
      hint: 'give it one with --name',
    },
  )
}
