import { fleetKick as operation } from '../../supervisor/operations/fleet-kick.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetKick: Handler<'fleet.kick'> = ({ supervisor }, params, { user }) => operation(supervisor, params, user)
