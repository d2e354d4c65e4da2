/** fleet.jobs: the jobs of the fleet, as its scheduler knows them. */
import type { Asker } from '../../core/fleet/messages.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetJobs({ fleet }: Supervisor, params: Params<'fleet.jobs'>, asker: Asker): Promise<Reply<'fleet.jobs'>> {
  const what = 'list the jobs of the fleet'
  return fleet.member(what).jobs(what, { ask: 'jobs', asker, ...params })
}
