/** fleet.limits.get: how many jobs of the fleet may be at work at once, and how many are. */
import type { Asker } from '../../core/fleet/messages.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetLimitsGet({ fleet }: Supervisor, _: unknown, asker: Asker): Promise<Reply<'fleet.limits.get'>> {
  const what = 'show the limits of the fleet'
  return fleet.member(what).jobs(what, { ask: 'limits', asker })
}
