import { fleetLimitsSet as operation } from '../../supervisor/operations/fleet-limits-set.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetLimitsSet: Handler<'fleet.limits.set'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
