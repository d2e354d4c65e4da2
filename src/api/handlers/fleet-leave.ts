import { fleetLeave as operation } from '../../supervisor/operations/fleet-leave.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetLeave: Handler<'fleet.leave'> = ({ supervisor }, params) => operation(supervisor, params)
