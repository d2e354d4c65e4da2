import { fleetRun as operation } from '../../supervisor/operations/fleet-run.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetRun: Handler<'fleet.run'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
