import { fleetCreate as operation } from '../../supervisor/operations/fleet-create.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetCreate: Handler<'fleet.create'> = ({ supervisor }, params, { user, client, command }) =>
  operation(supervisor, params, { user, client, command })
