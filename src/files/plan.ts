/** What `up` would do: the processes of a file against those of the daemon. Pure, so that it can be shown first. */
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import { canonical, differences, type FieldChange, foretell, variableChanges } from '../protocol/definition-changes.ts'
import { isForNextRun } from '../protocol/fields.ts'
import { FILE_KEY } from '../protocol/file-key.ts'
import { instanceVariables } from '../protocol/instance-env.ts'
import type { TypePolicy } from '../protocol/settings.ts'
import type { FileProcess } from './file-process.ts'
import type { Like } from './import/procfile-settings.ts'
import type { Format } from './import/read-import.ts'

/** Options that say how another supervisor's file is meant, in the words of the command line. */
export interface FileChoices {
  format?: Format
  formation?: string
  like?: Like
  env?: string
}
export const FILE_CHOICES = ['format', 'formation', 'like', 'env'] as const satisfies (keyof FileChoices)[]

export interface Label {
  file: string
  cleanEnv: boolean
  /** Absent without any. */
  choices?: FileChoices
}

export interface Existing {
  name: string
  /** By index; one for a single process. */
  definitions: Definition[]
  grouped: boolean
  /** An ended service is started again. */
  ended: boolean
  /** Any of it runs, or is about to. */
  lives: boolean
  /** It ended neither well nor on request: a job is then run again, since others may wait for it. */
  failed: boolean
  /** Variables set for it, without the caller's and those of single instances. */
  env: Record<string, string>
  instanceEnv: Record<string, string>[]
}

export type Act = 'start' | 'define' | 'set' | 'restart' | 'recreate' | 'start-again' | 'delete' | null

export interface PlanEntry {
  name: string
  change: 'new' | 'changed' | 'unchanged' | 'leaving'
  /** null = nothing to do. */
  act: Act
  fields: FieldChange[]
  /** null for a removal. */
  process: FileProcess | null
  /** Removed because its name has another form now (`web` became `web:0`, or there are fewer): deleted in any case. */
  replaced: boolean
}

export interface PlanFacts {
  file: string
  processes: readonly FileProcess[]
  existing: readonly Existing[]
  policies: Readonly<Record<string, TypePolicy>>
  choices?: FileChoices
  /** Names of the file that are not started now (other profiles): they are not removed. */
  kept?: readonly string[]
}

/** The set of an instance name: `web` of `web:0`. */
export const baseOf = (name: string): string => name.replace(/:\d+$/, '')

export const labelOf = (definition: Definition): Label | null => {
  const label = definition.metadata[FILE_KEY]
  return typeof label === 'object' && label !== null ? (label as Label) : null
}

/** As sent to the daemon: labelled with its file. */
export const labelled = ({ definition, cleanEnv }: FileProcess, file: string, choices: FileChoices = {}): DefinitionInput => {
  const label: Label = { file, cleanEnv, ...(Object.keys(choices).length > 0 && { choices }) }
  return { ...definition, metadata: { ...definition.metadata, [FILE_KEY]: label } }
}

export function planUp({ file, processes, existing, policies, choices = {}, kept = [] }: PlanFacts): PlanEntry[] {
  const known = new Map(existing.map((each) => [each.name, each]))
  const entries = processes.map((process) => planOne(process, known.get(process.definition.name), { file, policies, choices }))
  const named = new Set([...processes.map(({ definition }) => definition.name), ...kept])
  const bases = new Set(processes.map(({ definition }) => definition.name))
  for (const { name, definitions } of existing) {
    if (named.has(name) || kept.includes(baseOf(name)) || labelOf(definitions[0]!)?.file !== file) continue
    entries.push({ name, change: 'leaving', act: 'delete', fields: [], process: null, replaced: bases.has(baseOf(name)) })
  }
  return entries
}

function planOne(
  process: FileProcess,
  has: Existing | undefined,
  { file, policies, choices }: Pick<PlanFacts, 'file' | 'policies'> & { choices: FileChoices },
): PlanEntry {
  const { name } = process.definition
  const isHeld = !process.autostart
  if (has === undefined) return { name, change: 'new', act: isHeld ? 'define' : 'start', fields: [], process, replaced: false }
  const [first] = has.definitions
  const offset = first!.instance?.index ?? 0
  const wanted = foretell(
    labelled(process, file),
    policies,
    first!.ports.map((port) => port - offset),
    first!.sockets,
  )
  const fields = differences({ ...first!, ports: first!.ports.map((port) => port - offset) }, wanted)
  const label = labelOf(first!)
  if (label !== null && label.cleanEnv !== process.cleanEnv)
    fields.push({ field: 'cleanEnv', before: label.cleanEnv, after: process.cleanEnv })
  if (label?.file !== file) fields.push({ field: 'file', before: label?.file ?? null, after: file })
  else fields.push(...otherChoices(label.choices ?? {}, choices))
  fields.push(...variableChanges(has.env, sharedEnv(process)), ...eachEnvironment(has, process), ...ownFields(has, process))
  const instances = has.grouped ? has.definitions.length : 1
  if (process.instances !== instances) fields.push({ field: 'instances', before: instances, after: process.instances })
  if (fields.length === 0) {
    const again = !isHeld && wanted.cron === null && (wanted.kind === 'job' ? has.failed : has.ended)
    return { name, change: 'unchanged', act: again ? 'start-again' : null, fields, process, replaced: false }
  }
  return { name, change: 'changed', act: actFor(fields, process, has), fields, process, replaced: false }
}

function actFor(fields: readonly FieldChange[], process: FileProcess, has: Existing): Act {
  const changed = (field: string): boolean => fields.some((each) => each.field === field)
  // Neither a kind nor the form of a name can be changed, and each of a group has ports of its own.
  if (changed('kind') || has.grouped !== process.instances > 1 || (has.grouped && changed('ports'))) return 'recreate'
  // Open sockets are what they were opened as.
  if (changed('instanceOwn') || changed('sockets')) return 'recreate'
  const anew = fields.some(({ field }) => isForNextRun(field) || field.startsWith('env.') || field === 'cleanEnv')
  // Nothing of it runs or will: no run can pick up the changes.
  if (!process.autostart && has.ended) return anew ? 'recreate' : 'set'
  // An ended service is started; an ended job runs again only when what it runs has changed.
  return anew || (has.ended && process.definition.kind !== 'job') ? 'restart' : 'set'
}

/** As options, which no field is called like. */
function otherChoices(before: FileChoices, after: FileChoices): FieldChange[] {
  return FILE_CHOICES.filter((name) => before[name] !== after[name]).map((name) => ({
    field: `--${name}`,
    before: before[name] ?? null,
    after: after[name] ?? null,
  }))
}

/** Without what each instance has of its own. */
function sharedEnv({ env, instances, instanceEnv }: FileProcess): Record<string, string> {
  const own = new Set(instances > 1 ? instanceEnv.flatMap((each) => Object.keys(each)) : [])
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)))
}

/** Variables of instances as `env.NAME`, once for all of them; no values, which may be secrets. */
function eachEnvironment(has: Existing, { instanceEnv, instances }: FileProcess): FieldChange[] {
  const changes = Array.from({ length: instances }, (_, index) =>
    variableChanges(instanceVariables(has.instanceEnv, index), instanceVariables(instanceEnv, index)),
  ).flat()
  return [...new Map(changes.map((change) => [change.field, change])).values()]
}

/** Differences between instances as one change: they need another set. */
function ownFields(has: Existing, { definition, instanceOwn = [] }: FileProcess): FieldChange[] {
  const isSo = instanceOwn.every((own, index) => {
    const there = has.definitions[index]
    return (
      there === undefined ||
      Object.entries(own).every(([field, value]) => canonical(there[field as keyof Definition]) === canonical(value))
    )
  })
  return isSo ? [] : [{ field: 'instanceOwn', before: null, after: `each instance of ${definition.name} anew` }]
}
