import { fleetJoin as operation } from '../../supervisor/operations/fleet-join.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetJoin: Handler<'fleet.join'> = ({ supervisor }, params) => operation(supervisor, params)
