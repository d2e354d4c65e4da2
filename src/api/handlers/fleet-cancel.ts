import { fleetCancel as operation } from '../../supervisor/operations/fleet-cancel.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetCancel: Handler<'fleet.cancel'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
