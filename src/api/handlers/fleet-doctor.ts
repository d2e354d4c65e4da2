import { fleetDoctor as operation } from '../../supervisor/operations/fleet-doctor.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetDoctor: Handler<'fleet.doctor'> = ({ supervisor }) => operation(supervisor)
