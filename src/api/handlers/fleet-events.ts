import { fleetEvents as operation } from '../../supervisor/operations/fleet-events.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetEvents: Handler<'fleet.events'> = async ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
