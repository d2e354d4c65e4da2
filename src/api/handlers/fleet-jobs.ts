import { fleetJobs as operation } from '../../supervisor/operations/fleet-jobs.ts'
import type { Handler } from '../daemon-context.ts'

export const fleetJobs: Handler<'fleet.jobs'> = ({ supervisor }, params, { peer }) =>
  operation(supervisor, params, { user: peer.user, role: peer.role })
