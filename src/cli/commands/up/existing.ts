/** What the daemon has, in the form that plans and exports work with. */
import { baseOf, type Existing } from '../../../files/plan.ts'
import { FILE_KEY } from '../../../protocol/file-key.ts'
import { hasFailed, isEnded } from '../../../protocol/names.ts'
import type { TypePolicy } from '../../../protocol/settings.ts'
import type { EnvView, ProcessDetail } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'

/** `wanted`: with these names (instances included) or started from this file; null = all but external ones. */
export async function existing(
  context: Context,
  wanted: { names: ReadonlySet<string>; file: string } | null,
  /** False: values of variables are masked. */
  reveal = true,
): Promise<Existing[]> {
  const views = await context.request('list', { all: true })
  const ids = views
    .filter(({ kind }) => kind !== 'external')
    .filter(({ fullName: name, metadata }) => {
      if (wanted === null) return true
      const label = metadata[FILE_KEY] as { file?: unknown } | undefined
      return label?.file === wanted.file || wanted.names.has(name) || wanted.names.has(baseOf(name))
    })
    .map(({ id }) => id)
  if (ids.length === 0) return []
  const details = await context.request('show', { targets: ids })
  const groups = new Map<string, ProcessDetail[]>()
  for (const detail of details) {
    const name = detail.definition.instance?.of ?? detail.fullName
    groups.set(name, [...(groups.get(name) ?? []), detail])
  }
  const environments = await context.request('env', { targets: [...groups.values()].map((group) => group[0]!.id), reveal })
  const byName = new Map(environments.map((each) => [each.fullName, each]))
  return [...groups].map(([name, group]) => {
    const sorted = group.toSorted((a, b) => (a.definition.instance?.index ?? 0) - (b.definition.instance?.index ?? 0))
    const view = byName.get(group[0]!.fullName)
    return {
      name,
      definitions: sorted.map(({ definition }) => definition),
      grouped: sorted[0]!.definition.instance !== null,
      ended: sorted.some(({ status }) => isEnded(status)),
      lives: sorted.some(({ status }) => !isEnded(status)),
      failed: sorted.some(({ status }) => hasFailed(status)),
      ...variablesOf(view),
    }
  })
}

export async function policies(context: Context): Promise<Record<string, TypePolicy>> {
  return Object.fromEntries((await context.request('policy.get', {})).map(({ type, policy }) => [type, policy]))
}

/** Variables common to a set of instances, and those of each. */
function variablesOf(view: EnvView | undefined): Pick<Existing, 'env' | 'instanceEnv'> {
  const instanceEnv = view?.each ?? []
  const own = new Set(instanceEnv.flatMap((each) => Object.keys(each)))
  const shared = (view?.set ?? []).filter((key) => !own.has(key))
  return { env: Object.fromEntries(shared.map((key) => [key, view!.env[key]!])), instanceEnv }
}
