/** types: the types of processes, with their limits and policies. */
import type { TypeView } from '../../protocol/job-requests.ts'
import { isEnded, isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

/** Those of the live list, and those that only have a policy or a limit. */
export async function types(supervisor: Supervisor, params: Params<'types'>): Promise<TypeView[]> {
  const { policies, limits } = supervisor.settings.now
  const found = new Map<string, TypeView>()
  const viewOf = (type: string): TypeView => {
    const known = found.get(type)
    if (known !== undefined) return known
    const view: TypeView = {
      type,
      kinds: [],
      live: 0,
      waiting: 0,
      ended: 0,
      policy: Object.hasOwn(policies, type) ? policies[type]! : null,
      limit: Object.hasOwn(limits.types, type) ? limits.types[type]! : null,
    }
    found.set(type, view)
    return view
  }
  for (const type of [...Object.keys(policies), ...Object.keys(limits.types)]) viewOf(type)
  for (const { record } of supervisor.registry.all()) {
    if (params.owner !== undefined && record.owner !== params.owner) continue
    const view = viewOf(record.definition.type)
    const { status } = record.tracked.state
    if (!view.kinds.includes(record.definition.kind)) view.kinds.push(record.definition.kind)
    if (isLive(status)) view.live++
    else if (isEnded(status)) view.ended++
    else view.waiting++
  }
  return [...found.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
}
