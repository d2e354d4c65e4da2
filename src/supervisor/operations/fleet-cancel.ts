/** fleet.cancel: jobs of the fleet are to end. */
import type { Asker } from '../../core/fleet/messages.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetCancel(
  { fleet }: Supervisor,
  { words }: Params<'fleet.cancel'>,
  asker: Asker,
): Promise<Reply<'fleet.cancel'>> {
  const what = 'cancel jobs of the fleet'
  return fleet.member(what).jobs(what, { ask: 'cancel', asker, words })
}
