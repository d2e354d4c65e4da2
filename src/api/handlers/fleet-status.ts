import { fleetStatus as operation } from '../../supervisor/operations/fleet-status.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetStatus: Handler<'fleet.status'> = ({ supervisor }) => operation(supervisor)
