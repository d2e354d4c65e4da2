/** fleet.events: what happened on all nodes, as far as the client may see it there. */
import type { Asker } from '../../core/fleet/messages.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export const fleetEvents = (
  { fleet }: Supervisor,
  { since, stream, waitMs }: Params<'fleet.events'>,
  asker: Asker,
): Promise<Reply<'fleet.events'>> =>
  fleet.member('read the events of the fleet').events({ since: since ?? null, stream: stream ?? null, waitMs }, asker)
