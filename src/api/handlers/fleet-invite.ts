import { fleetInvite as operation } from '../../supervisor/operations/fleet-invite.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetInvite: Handler<'fleet.invite'> = ({ supervisor }, params) => operation(supervisor, params)
