/** Merges process-compose files: expansion, `extends` of files and of processes, and several files over each other. */
import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { PtrackError } from '../../protocol/errors.ts'
import { expandVariables } from './envsubst.ts'
import { isRecord, Value } from './fields.ts'
import { badYaml, plainValue } from './foreign-yaml.ts'
import { composeEnv } from './process-compose-fields.ts'

type Record_ = Record<string, unknown>
export interface Project {
  value: Record_ & { processes: Record_ }
  /** 1-based, in the last file that has it; null = none. */
  lineOf: (path: string[]) => number | null
}

export interface ProjectSource {
  file: string
  text: string
}

interface Loaded extends Project {
  file: string
}

const bad = (file: string, why: string, hint: string): PtrackError =>
  new PtrackError('BAD_FILE', `cannot import ${file}: ${why}`, { hint })

/** Later `sources` override earlier ones. Errors are BAD_FILE. */
export function loadProject(
  sources: readonly ProjectSource[],
  around: { env: Readonly<Record<string, string>>; readText: (path: string) => string | null },
): Project {
  const loaded = sources.flatMap((source) => withBases(source, around, []))
  const value = loaded.map((one) => one.value as Record_).reduce((base, over) => merged(base, over, ''))
  const { file } = sources[0]!
  if (!isRecord(value.processes) || Object.keys(value.processes).length === 0)
    throw bad(file, 'there are no processes in it', 'write `processes:` and one below it, or say the format by --format')
  const processes = withoutNothing(extended(value.processes, file)) as Record_
  const lineOf = (path: string[]): number | null =>
    loaded.toReversed().reduce<number | null>((line, one) => line ?? one.lineOf(path), null)
  return { value: { ...value, processes }, lineOf }
}

/** The file that it extends comes first; its processes work in its directory. */
function withBases(source: ProjectSource, around: Parameters<typeof loadProject>[1], path: readonly string[]): Loaded[] {
  const { file } = source
  if (path.includes(file)) throw bad(file, `it extends itself: ${[...path, file].join(' -> ')}`, 'take one `extends` out')
  const loaded = parse(source, around.env)
  const { extends: base } = loaded.value as Record_
  if (base === undefined || base === null || base === '') return [loaded]
  const other = resolve(dirname(file), String(base))
  const text = around.readText(other)
  if (text === null) throw bad(file, `it extends ${other}, and there is no such file`, 'check the path')
  const bases = withBases({ file: other, text }, around, [...path, file])
  const here = bases.at(-1)!
  for (const one of Object.values(here.value.processes))
    if (isRecord(one)) one.working_dir = one.working_dir ? resolve(dirname(other), String(one.working_dir)) : dirname(other)
  return [...bases, loaded]
}

function parse({ file, text }: ProjectSource, env: Readonly<Record<string, string>>): Loaded {
  const lines = new LineCounter()
  // In the unexpanded text, as process-compose does.
  const raw = /^disable_env_expansion:\s*true\s*$/m.test(text)
  const document = parseDocument(raw ? text : expandVariables(text, env, file), { lineCounter: lines, merge: true })
  const [error] = document.errors
  if (error) throw badYaml(error, file, lines)
  const value: unknown = plainValue(document, file)
  if (!isRecord(value) || (value.processes !== undefined && value.processes !== null && !isRecord(value.processes)))
    throw bad(file, 'there are no processes in it', 'write `processes:` and one below it, or say the format by --format')
  const lineOf = (path: string[]): number | null => {
    const pair = (
      document.getIn(path.slice(0, -1), true) as { items?: { key: { value?: unknown; range?: number[] } }[] }
    )?.items?.find(({ key }) => key?.value === path.at(-1))
    return pair?.key.range ? lines.linePos(pair.key.range[0]!).line : null
  }
  return { file, value: { ...value, processes: isRecord(value.processes) ? value.processes : {} }, lineOf }
}

/** Maps are merged by key, lists are joined, the rest is replaced; variables are merged by name. */
function merged(base: Record_, over: Record_, path: string): Record_ {
  const result = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const before = result[key]
    if (value === null || value === undefined) continue
    if (key === 'environment' && before !== undefined && before !== null) {
      const env = (one: unknown): Record<string, string> => composeEnv(new Value(one, `${path}${key}`, key))
      result[key] = Object.entries({ ...env(before), ...env(value) }).map((pair) => pair.join('='))
    } else if (isRecord(before) && isRecord(value)) result[key] = merged(before, value, `${path}${key}.`)
    else if (Array.isArray(before) && Array.isArray(value) && key !== 'namespace' && key !== 'paths')
      result[key] = [...before, ...value]
    else result[key] = value
  }
  return result
}

/** `extends: NAME` of a process: merged over the other one. */
function extended(processes: Record_, file: string): Record_ {
  const done = new Map<string, unknown>()
  const visit = (name: string, path: readonly string[]): unknown => {
    if (path.includes(name)) throw bad(file, `${[...path, name].join(' extends ')}`, 'take one `extends` out')
    const own = processes[name]
    if (done.has(name) || !isRecord(own) || own.extends === undefined || own.extends === null || own.extends === '')
      return done.get(name) ?? own
    const other = String(own.extends)
    if (!(other in processes)) throw bad(file, `${name} extends ${other}, which is not in it`, 'check the name')
    const base = visit(other, [...path, name])
    const { extends: _of, ...rest } = merged(isRecord(base) ? base : {}, own, `${name}: `)
    done.set(name, rest)
    return rest
  }
  return Object.fromEntries(Object.keys(processes).map((name) => [name, visit(name, [])]))
}

/** Drops empty keys (`backoff_seconds:`); an empty process stays, so that it is refused by name. */
function withoutNothing(value: unknown, depth = 0): unknown {
  if (!isRecord(value)) return value
  const said = Object.entries(value).filter(([, one]) => depth === 0 || (one !== null && one !== undefined))
  return Object.fromEntries(said.map(([key, one]) => [key, withoutNothing(one, depth + 1)]))
}
