/** Merges entries of ptrack.yaml: a file over those it extends, a process over the one it extends. */
import { dirname, resolve } from 'node:path'
import { nearest } from '../../protocol/suggest.ts'
import { readYaml, type YamlDocument } from './document.ts'
import { problemsOf } from './issues.ts'
import { badFile, type Place, type Problem } from './problem.ts'
import { type ProcessEntry, PtrackFile } from './schema.ts'

export interface FileWorld {
  env: Readonly<Record<string, string | undefined>>
  /** Throws PtrackError when it cannot be read. */
  readText(path: string): string
  readEnvFile(path: string): Record<string, string>
}

/** An entry and its source; its paths are absolute. */
export interface Entry {
  name: string
  fields: ProcessEntry
  document: YamlDocument
  place: Place
  /** Part of it, or of what it extends, is unreadable: reported already, and not in `fields`. */
  broken: boolean
}

export interface Entries {
  /** Of the file itself: what it extends may be another project's. */
  project: string | null
  env: Record<string, string | null>
  envFile: string[]
  entries: Map<string, Entry>
  /** Problems so far; what is readable in spite of them is in the entries. */
  problems: Problem[]
}

const MAX_DEPTH = 16

/** Reads a file and all that it extends. Throws BAD_FILE for invalid YAML, or if nothing more can be read. */
export function readEntries(path: string, world: FileWorld, below: readonly string[] = []): Entries {
  const document = readYaml(world.readText(path), path, world.env)
  const top = document.value
  if (top === null)
    throw badFile([{ file: path, line: 1, column: 1, message: 'there is nothing in it', hint: 'begin with `processes:`' }])
  // `x-` keys hold anchors.
  const known =
    typeof top === 'object' && !Array.isArray(top)
      ? Object.fromEntries(Object.entries(top).filter(([key]) => !key.startsWith('x-')))
      : top
  const { file, problems: found, broken } = readable(known, document)
  const problems = [...document.faults, ...withoutFollowing(found, document)]
  const from = dirname(path)
  const into: Entries = { project: file.project ?? null, env: {}, envFile: [], entries: new Map(), problems }
  for (const [index, base] of (file.extends ?? []).entries()) {
    const target = resolve(from, base)
    if (target === path || below.includes(target) || below.length >= MAX_DEPTH) {
      problems.push({
        ...document.placeOf(Array.isArray((top as { extends: unknown }).extends) ? ['extends', index] : ['extends']),
        message: `${base} extends, in the end, itself`,
        hint: 'leave out one of these extends',
      })
      continue
    }
    const read = readEntries(target, world, [...below, path])
    Object.assign(into.env, read.env)
    into.envFile.push(...read.envFile)
    problems.push(...read.problems)
    for (const [name, entry] of read.entries) into.entries.set(name, entry)
  }
  Object.assign(into.env, file.env)
  into.envFile.push(...(file.envFile ?? []).map((each) => resolve(from, each)))

  const own = new Map<string, Entry>()
  for (const [name, raw] of Object.entries(file.processes ?? {})) {
    const fields: ProcessEntry = {
      ...raw,
      ...(raw.envFile && { envFile: raw.envFile.map((each) => resolve(from, each)) }),
    }
    if (raw.cwd !== undefined) fields.cwd = resolve(from, raw.cwd)
    for (const key of ['stdin', 'outFile', 'errFile'] as const) if (raw[key]) fields[key] = resolve(from, raw[key])
    if (raw.readOnly) fields.readOnly = raw.readOnly.map((path) => resolve(from, path))
    const earlier = into.entries.get(name)
    // Without a cwd it runs in the directory of the file that first names it.
    if (fields.cwd === undefined && earlier === undefined && raw.extends === undefined) fields.cwd = from
    const place = document.placeOf(['processes', name], 'key')
    own.set(name, { name, fields: earlier ? over(earlier.fields, fields) : fields, document, place, broken: broken.has(name) })
  }
  for (const [name, entry] of own) into.entries.set(name, entry)
  inherit(into, own, from)
  return into
}

/** The file without the entries that fail validation, which are reported. */
function readable(value: unknown, document: YamlDocument): { file: PtrackFile; problems: Problem[]; broken: Set<string> } {
  const parsed = PtrackFile.safeParse(value)
  if (parsed.success) return { file: parsed.data, problems: [], broken: new Set() }
  const problems = problemsOf(parsed.error, document)
  const rest = structuredClone(value)
  const broken = new Set<string>()
  for (const { path, ...issue } of parsed.error.issues) {
    const [top, name, field] = path as string[]
    if (top === 'processes' && name !== undefined) broken.add(name)
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : path.length === 0 || issue.code === 'invalid_key' ? [] : [null]
    for (const key of keys) remove(rest, [top, name, field].filter((part) => part !== undefined).concat(key ?? []))
    if (issue.code === 'invalid_key') remove(rest, path)
  }
  const again = PtrackFile.safeParse(rest)
  if (!again.success) throw badFile([...document.faults, ...withoutFollowing(problems, document)])
  return { file: again.data, problems, broken }
}

/** The unset variables, and of other problems those that do not follow from them. */
export function withoutFollowing(problems: readonly Problem[], { unset }: YamlDocument): Problem[] {
  const follows = ({ file, line, column, message }: Problem): boolean =>
    unset.some(({ text, at }) => file === at.file && ((line === at.line && column === at.column) || message.includes(text)))
  const own = unset.map(({ problem }) => problem)
  return [...own, ...problems.filter((problem) => own.includes(problem) || !follows(problem))]
}

function remove(value: unknown, path: readonly PropertyKey[]): void {
  let at = value
  for (const part of path.slice(0, -1)) at = isMap(at) ? at[String(part)] : undefined
  if (isMap(at)) delete at[String(path.at(-1))]
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Maps are merged by key, everything else is replaced. */
function over(base: ProcessEntry, fields: ProcessEntry): ProcessEntry {
  const merged = { ...base, ...fields }
  for (const key of ['env', 'metadata', 'ulimits'] as const)
    if (base[key] && fields[key]) Object.assign(merged, { [key]: { ...base[key], ...fields[key] } })
  if (base.envFile && fields.envFile) merged.envFile = [...base.envFile, ...fields.envFile]
  // They are alternatives; the other would add to it.
  if (fields.ports && !fields.port) delete merged.port
  if (fields.port && !fields.ports) delete merged.ports
  return merged
}

/** `extends: NAME` of processes, in any order. */
function inherit(into: Entries, own: ReadonlyMap<string, Entry>, from: string): void {
  const { problems } = into
  const done = new Set<string>()
  const visit = (entry: Entry, chain: readonly string[]): void => {
    const base = entry.fields.extends
    if (base === undefined || done.has(entry.name)) return
    done.add(entry.name)
    const at = entry.document.placeOf(['processes', entry.name, 'extends'])
    const target = into.entries.get(base)
    if (target === undefined || [...chain, entry.name].includes(base)) {
      const near = nearest(base, [...into.entries.keys()])
      entry.broken = true
      problems.push({
        ...at,
        message: target ? `${entry.name} extends, in the end, itself` : `there is no process ${base} to extend`,
        hint: target || near === null ? null : `did you mean ${near}?`,
      })
      return
    }
    visit(target, [...chain, entry.name])
    entry.broken ||= target.broken
    // Autostart and profiles are not inherited.
    const { autostart: _autostart, profiles: _profiles, extends: _extends, ...fields } = target.fields
    entry.fields = over(fields, entry.fields)
    entry.fields.cwd ??= from
  }
  for (const entry of own.values()) visit(entry, [])
}
