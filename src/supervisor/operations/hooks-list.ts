/** hooks.list: the hooks of the settings and of definitions. */
import type { HookView } from '../../protocol/job-requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { keyOf } from '../hook-keeper.ts'

export async function hooksList(supervisor: Supervisor): Promise<HookView[]> {
  const ofProcesses = [...supervisor.registry.all()].flatMap((managed) =>
    managed.record.definition.hooks.map((spec, n) => ({ ...spec, id: keyOf(managed, n) })),
  )
  return [...supervisor.settings.now.hooks, ...ofProcesses].map((hook) => ({
    ...hook,
    last: supervisor.hooks.deliveries.last(hook.id),
  }))
}
