/** Once per home, when it meets its first daemon with projects: what a file brought moves into the project of that file. */
import { basename, dirname } from 'node:path'
import type { LoadedState, ProcessRecord } from '../core/world.ts'
import type { Definition } from '../protocol/definition.ts'
import { fileOf } from '../protocol/file-key.ts'
import { fullName, otherProjectName, projectNameOf, projectOf } from '../protocol/project.ts'
import type { Settings } from '../protocol/settings.ts'

type Names = ReadonlyMap<string, string>

export interface Entering {
  records: ProcessRecord[]
  settings: Settings
  /** New names of processes and of sets, by their old ones: their files are to be moved before any is opened. */
  names: Names
}

/** The same every time for the same state, so that a daemon killed meanwhile leaves nothing half done. */
export function enterProjects({ records, settings }: Pick<LoadedState, 'records' | 'settings'>): Entering {
  if (settings.projects !== undefined) return { records, settings, names: new Map() }
  const directories = new Map<string, string>()
  const names = new Map<string, string>()
  for (const { definition } of records) {
    const file = fileOf(definition.metadata)
    if (file === null || projectOf(definition.name) !== null) continue
    const project = projectFor(dirname(file), directories)
    for (const name of new Set([definition.name, definition.instance?.of ?? definition.name]))
      names.set(name, fullName(project, name))
  }
  const renamed = (definition: Readonly<Definition>): Definition => inProject(definition, names)
  return {
    names,
    settings: { ...settings, ...keysRenamed(settings, names), projects: Object.fromEntries(directories) },
    records: names.size === 0 ? records : records.map((record) => withNames(record, renamed)),
  }
}

function projectFor(directory: string, directories: Map<string, string>): string {
  const wanted = projectNameOf(basename(directory))
  const holder = directories.get(wanted)
  const name = holder === undefined || holder === directory ? wanted : otherProjectName(wanted, directory)
  directories.set(name, directory)
  return name
}

function inProject(definition: Readonly<Definition>, names: Names): Definition {
  const now = (name: string): string => names.get(name) ?? name
  const { instance } = definition
  return {
    ...definition,
    name: now(definition.name),
    instance: instance && { ...instance, of: now(instance.of) },
    after: definition.after.map((each) => ({ ...each, name: now(each.name) })),
  }
}

function withNames(record: ProcessRecord, renamed: (definition: Readonly<Definition>) => Definition): ProcessRecord {
  const { ranWith, refused } = record
  return {
    ...record,
    definition: renamed(record.definition),
    ...(ranWith && { ranWith: renamed(ranWith) }),
    ...(refused && { refused: { ...refused, definition: renamed(refused.definition) } }),
  }
}

/** What is kept by the name of a process or set. */
function keysRenamed({ sockets, reloads }: Settings, names: Names): Pick<Settings, 'sockets' | 'reloads'> {
  const under = <T>(byName: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(byName).map(([name, value]) => [names.get(name) ?? name, value]))
  const before = (definition: Record<string, unknown>): Record<string, unknown> => inProject(definition as never, names)
  const rolls = Object.fromEntries(
    Object.entries(reloads ?? {}).map(([name, roll]) => [
      name,
      { ...roll, before: Object.fromEntries(Object.entries(roll.before).map(([id, definition]) => [id, before(definition)])) },
    ]),
  )
  return { ...(sockets && { sockets: under(sockets) }), ...(reloads && { reloads: under(rolls) }) }
}
