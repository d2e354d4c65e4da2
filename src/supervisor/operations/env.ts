/** env: the environment of the next run; values are masked unless the owner asks for them. */
import { instanceVariables } from '../../protocol/instance-env.ts'
import { namesOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { EnvView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { envNameOf } from './shared/define.ts'
import { selectAll } from './shared/select.ts'

const MASK = '***'

export async function env(supervisor: Supervisor, params: Params<'env'>): Promise<EnvView[]> {
  const show = (name: string, value: string): string => (params.reveal && name !== 'PTRACK_TOKEN' ? value : MASK)
  return selectAll(supervisor, params.targets).map((managed) => {
    const stored = supervisor.world.envs.read(envNameOf(managed.record.definition)) ?? { caller: {}, set: {} }
    const { instance } = managed.record.definition
    const set = { ...stored.set, ...(instance === null ? {} : instanceVariables(stored.each ?? [], instance.index)) }
    const shown = (variables: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, show(name, value)]))
    const view: EnvView = { ...namesOf(nameOf(managed)), env: shown({ ...stored.caller, ...set }), set: Object.keys(set).sort() }
    if (stored.each !== undefined) view.each = stored.each.map(shown)
    if (params.caller === undefined) return view
    const { caller } = params
    const names = [...new Set([...Object.keys(stored.caller), ...Object.keys(caller)])].sort()
    const differing = names.filter((name) => set[name] === undefined && stored.caller[name] !== caller[name])
    view.diff = differing.map((name) => ({
      name,
      stored: stored.caller[name] === undefined ? null : show(name, stored.caller[name]),
      caller: caller[name] === undefined ? null : show(name, caller[name]),
    }))
    return view
  })
}
