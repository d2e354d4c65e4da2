import { fleetLs as operation } from '../../supervisor/operations/fleet-ls.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetLs: Handler<'fleet.ls'> = ({ supervisor }) => operation(supervisor)
