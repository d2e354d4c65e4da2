/** ptrack.yaml into processes. Reads only the files that it names, and changes nothing. */
import { resolve } from 'node:path'
import type { z } from 'zod'
import { Definition, type DefinitionInput } from '../../protocol/definition.ts'
import { keyOf } from '../../protocol/fields.ts'
import { issueWords } from '../../protocol/issue-words.ts'
import { shellCommand, splitWords } from '../../protocol/shell-words.ts'
import { nearest } from '../../protocol/suggest.ts'
import { after as waitsFor } from '../../protocol/values.ts'
import type { FileProcess, ReadFile } from '../file-process.ts'
import { dependencyCycle } from '../order.ts'
import { unusable } from '../unusable.ts'
import { type Entries, type Entry, type FileWorld, readEntries, withoutFollowing } from './entries.ts'
import { definitionFields } from './fields.ts'
import { badFile, type Place, type Problem } from './problem.ts'

export interface ReadOptions {
  /** Processes with profiles are read only when one of them is listed here. */
  profiles?: readonly string[]
  /** These are read whatever their profile, with their dependencies. */
  only?: readonly string[]
}

export interface PtrackYaml extends ReadFile {
  /** In the file, but in no active profile. */
  inactive: string[]
  /** As the file names it. */
  project: string | null
}

type After = NonNullable<DefinitionInput['after']>[number]

/** `path` is absolute. Throws BAD_FILE with file, line and column of every problem. */
export function readPtrackYaml(path: string, world: FileWorld, options: ReadOptions = {}): PtrackYaml {
  const { project, processes, inactive, problems } = checkPtrackYaml(path, world, options)
  if (problems.length > 0) throw badFile(problems)
  return { file: path, processes: processes.map(({ process }) => process), notes: [], inactive, project }
}

export interface CheckedYaml {
  project: string | null
  processes: CheckedProcess[]
  inactive: string[]
  problems: Problem[]
}
interface CheckedProcess {
  process: FileProcess
  /** Where one of its fields is written, or else the nearest parent. */
  placeOf(key: string): Place
  /** All of it could be read. */
  whole: boolean
}

/** As `readPtrackYaml`, with what can be read in spite of the problems. Throws BAD_FILE for invalid YAML. */
export function checkPtrackYaml(path: string, world: FileWorld, options: ReadOptions = {}): CheckedYaml {
  const all = readEntries(path, world)
  const { problems } = all
  const afters = new Map<string, After[]>()
  for (const entry of all.entries.values()) afters.set(entry.name, readAfter(entry, all, problems))
  const active = activeNames(all, afters, options)
  const processes: CheckedProcess[] = []
  for (const entry of all.entries.values()) {
    const process = readProcess(entry, all, world, problems, afters.get(entry.name)!)
    if (process === null || !active.has(entry.name)) continue
    const placeOf = (key: string): Place => entry.document.placeOf(['processes', entry.name, key])
    processes.push({ process, placeOf, whole: !entry.broken })
  }
  for (const { name, place } of all.entries.values()) {
    const missing = active.has(name) ? afters.get(name)!.filter((each) => !active.has(each.name)) : []
    for (const each of missing)
      problems.push({
        ...place,
        message: `${name} waits for ${each.name}, which belongs to ${all.entries.get(each.name)!.fields.profiles!.join(', ')}`,
        hint: `add --profile ${all.entries.get(each.name)!.fields.profiles![0]}`,
      })
  }
  const cycle = dependencyCycle(afters)
  if (cycle) {
    const { document } = all.entries.get(cycle[0]!)!
    problems.push({
      ...document.placeOf(['processes', cycle[0]!, 'after']),
      message: `${cycle[0]} waits for itself: ${cycle.join(' -> ')}`,
      hint: 'leave out one of these',
    })
  }
  const documents = new Set([...all.entries.values()].map(({ document }) => document))
  const own = [...documents].reduce<Problem[]>((rest, document) => withoutFollowing(rest, document), problems)
  const inactive = [...all.entries.keys()].filter((name) => !active.has(name))
  return { project: all.project, processes, inactive, problems: [...new Set(own)] }
}

function activeNames({ entries }: Entries, afters: ReadonlyMap<string, After[]>, options: ReadOptions): Set<string> {
  const active = new Set(
    [...entries.values()]
      .filter(({ fields }) => !fields.profiles || fields.profiles.some((profile) => options.profiles?.includes(profile)))
      .map(({ name }) => name),
  )
  const add = (name: string): void => {
    if (active.has(name) || !entries.has(name)) return
    active.add(name)
    for (const each of afters.get(name)!) add(each.name)
  }
  for (const name of options.only ?? []) add(name)
  return active
}

/** Default condition, as with `--after`: jobs have to be done, services healthy. */
function readAfter({ name, fields, document }: Entry, { entries }: Entries, problems: Problem[]): After[] {
  const given = fields.after ?? []
  const list = Array.isArray(given)
    ? given.map((text) => waitsFor.parse(text, 'after:'))
    : Object.entries(given).map(([target, condition]) => ({ name: target, condition }))
  const after: After[] = []
  for (const { name: target, condition } of list) {
    const found = entries.get(target)
    if (found) {
      const standard = found.fields.kind === 'job' ? 'done' : 'healthy'
      after.push({ name: target, condition: (condition ?? standard) as After['condition'] })
      continue
    }
    const near = nearest(target, [...entries.keys()])
    problems.push({
      ...document.placeOf(['processes', name, 'after']),
      message: `${name} waits for ${target}, and there is no such process in the file`,
      hint: near ? `did you mean ${near}?` : null,
    })
  }
  return after
}

function readProcess(entry: Entry, all: Entries, world: FileWorld, problems: Problem[], after: After[]): FileProcess | null {
  const { name, fields, document, place } = entry
  const problem = (key: string, message: string, hint: string | null): void => {
    problems.push({ ...(key === '' ? place : document.placeOf(['processes', name, key])), message, hint })
  }
  const instances = fields.instances ?? 1
  // An unreadable command was reported already; other problems are still to be found.
  if (fields.command === undefined && !entry.broken) {
    problem('', `${name} has no command`, 'add `command:`')
    return null
  }
  const command = commandOf(fields.command ?? '-', fields.shell)
  if (command === null) {
    problem('command', `the command of ${name} cannot be split into words`, 'close its quotes, or write `shell: true`')
    return null
  }
  if (fields.instanceEnv && fields.instanceEnv.length !== instances)
    problem('instanceEnv', `it has ${fields.instanceEnv.length} maps for ${instances} instances`, 'give one map for each')
  const definition: DefinitionInput = { name, command, cwd: resolve(fields.cwd ?? '/'), ...definitionFields(fields) }
  if (after.length > 0) definition.after = after
  const checked = Definition.safeParse(definition)
  for (const issue of checked.error?.issues ?? []) {
    const field = keyOf(String(issue.path[0]))
    const key = field === 'ports' && fields.port !== undefined ? 'port' : field
    const written = document.placeOf(['processes', name, key])
    const message = rangeWords(issue)
    problems.push({ ...written, message: `\`${key}\` of ${name}: ${message}`, hint: null })
  }
  for (const { field, message, hint } of unusable(definition)) problem(field, `\`${field}\` of ${name}: ${message}`, hint)
  const env: Record<string, string> = {}
  const layers: Record<string, string | null>[] = []
  try {
    for (const file of all.envFile) layers.push(world.readEnvFile(file))
    layers.push(all.env)
    for (const file of fields.envFile ?? []) layers.push(world.readEnvFile(file))
  } catch (error) {
    problem('envFile', error instanceof Error ? error.message : String(error), null)
  }
  for (const layer of [...layers, fields.env ?? {}])
    for (const [key, value] of Object.entries(layer)) {
      if (value === null) delete env[key]
      else env[key] = value
      if (key === '' || key.includes('=') || key.includes('\0') || value?.includes('\0'))
        problem('env', `${JSON.stringify(key)} is no variable: a name has no =, and neither it nor its value a NUL`, null)
    }
  return {
    definition,
    env,
    cleanEnv: fields.cleanEnv ?? false,
    instances,
    autostart: fields.autostart ?? true,
    instanceEnv: fields.instanceEnv ?? [],
  }
}

function rangeWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `there is no ${issue.keys.join(', ')}`
  if (issue.code === 'too_big' && isNumber(issue.origin)) return `it is above ${issue.maximum}`
  if (issue.code === 'too_small' && isNumber(issue.origin)) return `it is below ${issue.minimum}`
  if (issue.code === 'too_big' || issue.code === 'too_small') return `it ${issueWords(issue)}`
  return issue.code === 'invalid_union' ? 'it is none of the values it may have' : issue.message
}

const isNumber = (origin: string): boolean => origin === 'number' || origin === 'int'

/** A list is literal. A text is split into words, unless it has shell syntax: then a shell runs it. */
function commandOf(command: string | string[], shell: boolean | undefined): string[] | null {
  if (Array.isArray(command)) return shell ? shellCommand(command.join(' ')) : command
  if (shell === true) return shellCommand(command)
  return splitWords(command) ?? (shell === false ? null : shellCommand(command))
}
