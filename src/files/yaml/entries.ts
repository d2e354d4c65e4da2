/** Entries of ptrack.yaml over one another: a file over those it extends, a process over the one it extends. */
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

/** An entry with where it was written; its paths are absolute. */
export interface Entry {
  name: string
  fields: ProcessEntry
  document: YamlDocument
  place: Place
}

export interface Entries {
  env: Record<string, string | null>
  envFile: string[]
  entries: Map<string, Entry>
}

const MAX_DEPTH = 16

/** Reads a file and all that it extends. Throws BAD_FILE with every problem of the first file that has any. */
export function readEntries(path: string, world: FileWorld, below: readonly string[] = []): Entries {
  const document = readYaml(world.readText(path), path, world.env)
  const top = document.value ?? {}
  // `x-` keys hold what anchors stand for.
  const known =
    typeof top === 'object' && !Array.isArray(top)
      ? Object.fromEntries(Object.entries(top).filter(([key]) => !key.startsWith('x-')))
      : top
  const parsed = PtrackFile.safeParse(known)
  if (!parsed.success) throw badFile(problemsOf(parsed.error, document))
  const file = parsed.data
  const from = dirname(path)
  const into: Entries = { env: {}, envFile: [], entries: new Map() }
  for (const [index, base] of (file.extends ?? []).entries()) {
    const target = resolve(from, base)
    if (target === path || below.includes(target) || below.length >= MAX_DEPTH)
      throw badFile([
        {
          ...document.placeOf(Array.isArray((top as { extends: unknown }).extends) ? ['extends', index] : ['extends']),
          message: `${base} extends, in the end, itself`,
          hint: 'leave out one of these extends',
        },
      ])
    const read = readEntries(target, world, [...below, path])
    Object.assign(into.env, read.env)
    into.envFile.push(...read.envFile)
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
    const earlier = into.entries.get(name)
    // Without a cwd it runs where the file lies that first names it.
    if (fields.cwd === undefined && earlier === undefined && raw.extends === undefined) fields.cwd = from
    const place = document.placeOf(['processes', name], 'key')
    own.set(name, { name, fields: earlier ? over(earlier.fields, fields) : fields, document, place })
  }
  for (const [name, entry] of own) into.entries.set(name, entry)
  inherit(into, own, from)
  return into
}

/** Maps are merged by key, everything else is replaced. */
function over(base: ProcessEntry, fields: ProcessEntry): ProcessEntry {
  const merged = { ...base, ...fields }
  for (const key of ['env', 'metadata', 'ulimits'] as const)
    if (base[key] && fields[key]) Object.assign(merged, { [key]: { ...base[key], ...fields[key] } })
  if (base.envFile && fields.envFile) merged.envFile = [...base.envFile, ...fields.envFile]
  // One of the two says which ports; the other would add to it.
  if (fields.ports && !fields.port) delete merged.port
  if (fields.port && !fields.ports) delete merged.ports
  return merged
}

/** `extends: NAME` of processes, in whatever order they stand. */
function inherit(into: Entries, own: ReadonlyMap<string, Entry>, from: string): void {
  const problems: Problem[] = []
  const done = new Set<string>()
  const visit = (entry: Entry, chain: readonly string[]): void => {
    const base = entry.fields.extends
    if (base === undefined || done.has(entry.name)) return
    done.add(entry.name)
    const at = entry.document.placeOf(['processes', entry.name, 'extends'])
    const target = into.entries.get(base)
    if (target === undefined || [...chain, entry.name].includes(base)) {
      const near = nearest(base, [...into.entries.keys()])
      problems.push({
        ...at,
        message: target ? `${entry.name} extends, in the end, itself` : `there is no process ${base} to extend`,
        hint: target || near === null ? null : `did you mean ${near}?`,
      })
      return
    }
    visit(target, [...chain, entry.name])
    // Whether it starts by itself, and for whom, is each one's own.
    const { autostart: _autostart, profiles: _profiles, extends: _extends, ...fields } = target.fields
    entry.fields = over(fields, entry.fields)
    entry.fields.cwd ??= from
  }
  for (const entry of own.values()) visit(entry, [])
  if (problems.length > 0) throw badFile(problems)
}
