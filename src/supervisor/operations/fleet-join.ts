/** fleet.join: this home becomes a node of the fleet that a token is for, or of the one on a bus that others run. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { newcomerOf, setUp } from '../fleet/set-up.ts'
import { enterFleet, identityFor, refuseMember } from './shared/enter-fleet.ts'

export async function fleetJoin(supervisor: Supervisor, params: Params<'fleet.join'>): Promise<Reply<'fleet.join'>> {
  const { servers, token, credentials = null, trustBus } = params
  const tags = [...new Set(params.tags)]
  if ((servers === undefined) === (token === undefined))
    throw new PtrackError('USAGE', 'cannot join: either a token or addresses of a bus are needed', {
      hint: '`ptrack fleet invite` on the node that made the fleet gives a token',
    })
  await refuseMember(supervisor, 'join')
  const identity = await identityFor(supervisor, params.name)
  if (servers !== undefined)
    return enterFleet(
      supervisor,
      { ...identity, servers, credentials, trustBus, own: null, tags },
      'see whether a nats-server runs there, and whether it wants --creds',
    )
  if (credentials !== null || trustBus)
    throw new PtrackError('USAGE', 'cannot join by a token with --creds or --trust-bus: the token brings both')
  const newcomer = newcomerOf(supervisor.world, identity.node, identity.id)
  const { membership } = await setUp(supervisor.world, { kind: 'redeem', newcomer, token: token! })
  return enterFleet(supervisor, { ...identity, ...membership, trustBus: false, tags }, 'the token is used up: another is needed')
}
