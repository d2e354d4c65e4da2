/** projects: those known here, with their directories. */
import { isLive } from '../../protocol/names.ts'
import { projectOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { ProjectView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** One whose directory is gone stays for as long as it has processes. Of an `owner`: those with processes of that owner. */
export async function projects(
  { projects: keeper, registry, world }: Supervisor,
  { owner }: Params<'projects'>,
): Promise<ProjectView[]> {
  const count = new Map<string, { processes: number; running: number }>()
  for (const { record } of registry.all()) {
    const project = projectOf(record.definition.name)
    if (project === null || (owner !== undefined && record.owner !== owner)) continue
    const { processes, running } = count.get(project) ?? { processes: 0, running: 0 }
    count.set(project, { processes: processes + 1, running: running + (isLive(record.tracked.state.status) ? 1 : 0) })
  }
  return Object.entries(keeper.all)
    .map(([name, directory]) => {
      const { processes, running } = count.get(name) ?? { processes: 0, running: 0 }
      return { name, directory, gone: !world.isDirectory(directory), processes, running }
    })
    .filter(({ gone, processes }) => processes > 0 || (!gone && owner === undefined))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
