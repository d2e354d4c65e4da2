import { fleetList as operation } from '../../supervisor/operations/fleet-list.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetList: Handler<'fleet.list'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
