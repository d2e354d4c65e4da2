/** fleet.limits.set: how many jobs of the fleet may be at work at once. Those that are go on, however low the new limit. */
import type { Asker } from '../../core/fleet/messages.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetLimitsSet(
  { fleet }: Supervisor,
  changes: Params<'fleet.limits.set'>,
  asker: Asker,
): Promise<Reply<'fleet.limits.set'>> {
  const what = 'set the limits of the fleet'
  return fleet.member(what).jobs(what, { ask: 'setLimits', asker, changes })
}
