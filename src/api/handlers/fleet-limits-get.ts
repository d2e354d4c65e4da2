import { fleetLimitsGet as operation } from '../../supervisor/operations/fleet-limits-get.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetLimitsGet: Handler<'fleet.limits.get'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
