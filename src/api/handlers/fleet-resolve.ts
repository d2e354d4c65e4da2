import { fleetResolve as operation } from '../../supervisor/operations/fleet-resolve.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetResolve: Handler<'fleet.resolve'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
