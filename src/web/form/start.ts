/** A new process out of the texts of a form: what is sent, and the command line and ptrack.yaml that say the same. Pure. */
import type { DefinitionInput } from '../../protocol/definition.ts'
import { fields, keyOf } from '../../protocol/fields.ts'
import { projectOf, shortName } from '../../protocol/project.ts'
import { asWord } from '../../protocol/shell-quote.ts'
import { joinWords } from '../../protocol/shell-words.ts'
import { readVariables } from './changes.ts'
import { type FieldName, read, rowOf, textOf, type UsualCondition, whyMisread } from './texts.ts'

export interface NewTexts {
  kind: 'service' | 'job'
  name: string
  /** Of a service; 1 is a plain process. */
  instances: string
  /** Lines NAME=VALUE. */
  env: string
  /** By field; empty = as it is by default. */
  texts: Readonly<Partial<Record<string, string>>>
}

export interface NewProcess {
  definition: DefinitionInput
  instances: number
  env: Record<string, string>
}

/** Those that have to be given. */
const NEEDED = { name: 'a name to call it by', command: 'a program and its arguments', cwd: 'the directory in which it runs' }

/** `wrong`: by field. What is missing is `missing`, so that nobody is blamed before he has begun. */
export function readNew(given: NewTexts, usual: UsualCondition) {
  const { kind, texts } = given
  const wrong: Partial<Record<string, string>> = {}
  const definition: Record<string, unknown> = { name: given.name.trim(), ...(kind === 'job' && { kind }) }
  for (const [field, text = ''] of Object.entries(texts)) {
    if (text.trim() === '') continue
    try {
      definition[field] = read(field as FieldName, text, usual)
    } catch (error) {
      wrong[field] = whyMisread(error)
    }
  }
  const missing: Partial<Record<string, string>> = {}
  for (const [field, what] of Object.entries(NEEDED))
    if (!wrong[field] && (field === 'name' ? given.name : (texts[field] ?? '')).trim() === '') missing[field] = `write ${what}`
  const { set, wrong: wrongEnv } = readVariables(given.env)
  if (wrongEnv !== null) wrong.env = wrongEnv
  const instances = kind === 'job' ? 1 : Number(given.instances.trim() || 1)
  const wrongInstances = whyNotInstances(instances)
  if (wrongInstances !== null) wrong.instances = wrongInstances
  return {
    made: { definition: definition as unknown as DefinitionInput, instances, env: set } satisfies NewProcess,
    wrong,
    missing,
  }
}

const MOST_INSTANCES = 10_000

/** null = as many can run side by side. */
export const whyNotInstances = (count: number): string | null =>
  Number.isInteger(count) && count >= 1 && count <= MOST_INSTANCES
    ? null
    : `cannot be read: it is not a whole number in its range; use 1 to ${MOST_INSTANCES}`

/** As long as a line of a terminal; beyond that each option has its own. */
const LINE_CHARS = 72

/** A command line, which a shell reads back. */
export function commandLineOf({ definition, instances, env }: NewProcess): string {
  const { name, kind = 'service', command = [], cwd, ...rest } = definition
  const project = projectOf(name)
  const parts = [kind === 'job' ? 'ptrack run -d' : 'ptrack start']
  const option = (flag: string, ...values: string[]): void => void parts.push([flag, ...values.map(asWord)].join(' '))
  if (project !== null) option('--project', project)
  if (name !== '') option('--name', shortName(name))
  if (cwd !== undefined) option('--cwd', cwd)
  if (instances > 1) option('--instances', String(instances))
  for (const [field, value] of Object.entries(rest))
    for (const [flag, ...values] of optionsOf(field as FieldName, value)) option(flag, ...values)
  option('--clean-env')
  for (const [key, value] of Object.entries(env)) option('--env', `${key}=${value}`)
  parts.push(`-- ${joinWords(command)}`)
  const line = parts.join(' ')
  return line.length <= LINE_CHARS ? line : parts.join(' \\\n  ')
}

function optionsOf(field: FieldName, value: unknown): [flag: string, ...values: string[]][] {
  const { flag = '', repeat, value: row, none } = rowOf(field)
  const name = /--[\w-]+/.exec(flag)![0]
  if (row.kind === 'switch')
    return [[value === true ? name : name.startsWith('--no-') ? name.replace('--no-', '--') : name.replace('--', '--no-')]]
  if (value === null) return none ? [[name, 'none']] : []
  if (repeat === 'map')
    // As it would be read: a text that looks like JSON is JSON.
    return Object.entries(value as object).map(([key, one]) => [
      name,
      `${key}=${textOf(field, { [key]: one }).slice(key.length + 1)}`,
    ])
  if (repeat === 'list' && Array.isArray(value)) {
    if (value.length === 0) return none ? [[name, 'none']] : []
    return value.map((one: unknown) =>
      field === 'hooks' ? hookOption(name, one as { on: string[]; run: string }) : [name, String(row.write(one))],
    )
  }
  return [[name, textOf(field, value)]]
}

/** Its two parts are two words. */
const hookOption = (name: string, { on, run }: { on: string[]; run: string }): [string, ...string[]] => [name, on.join(','), run]

/** A ptrack.yaml of this process alone. */
export function yamlOf({ definition, instances, env }: NewProcess): string {
  const { name, command, cwd, after, ...rest } = definition
  const project = projectOf(name)
  const entry: [string, unknown][] = [
    ['command', command ?? []],
    ['cwd', cwd],
    ...(instances > 1 ? [['instances', instances] as [string, unknown]] : []),
    ...Object.entries(rest).map(([field, value]) => [keyOf(field), fileValue(field as FieldName, value)] as [string, unknown]),
    ['after', after?.map((one) => fields().after.value.write(one))],
    ['cleanEnv', true],
    ['env', Object.keys(env).length > 0 ? env : undefined],
  ]
  const lines = entry
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `    ${key}:${isMap(value) ? mapLines(value) : ` ${yamlValue(value)}`}`)
  return [
    'version: 1',
    ...(project === null ? [] : [`project: ${yamlValue(project)}`]),
    'processes:',
    `  ${yamlValue(shortName(name) || 'NAME')}:`,
    ...lines,
    '',
  ].join('\n')
}

/** Lists and maps stay as they are, as in files/yaml/fields.ts. */
function fileValue(field: FieldName, value: unknown): unknown {
  const { repeat, none, value: row } = rowOf(field)
  if (value === null) return none ? 'none' : null
  return repeat || Array.isArray(value) ? value : row.write(value)
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0

const mapLines = (map: object): string =>
  Object.entries(map)
    .map(([key, value]) => `\n      ${yamlKey(key)}: ${yamlValue(value)}`)
    .join('')

/** No variable is looked for in a key. */
const yamlKey = (key: string): string => (PLAIN.test(key) && !RESERVED.test(key) ? key : JSON.stringify(key))

/** In one line. `$` would begin a variable. */
function yamlValue(value: unknown): string {
  if (typeof value === 'string')
    return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value.replaceAll('$', '$$$$'))
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${yamlKey(key)}: ${yamlValue(one)}`)
      .join(', ')} }`
  return String(value)
}

/** Begins as neither number nor sign, and holds nothing that YAML gives a meaning. */
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_/.@%+-]*$/
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i

/** The field that an answer of the daemon is about; null = none, or not known. */
export function fieldOf({ code, details }: { code: string; details?: Record<string, unknown> | undefined }): string | null {
  const byCode = { DUPLICATE_NAME: 'name', PORT_TAKEN: 'ports', SOCKETS_CHANGED: 'sockets' }[code]
  const [named] = (details?.fields as string[] | undefined) ?? []
  // `definition.tags[0]`, `changes.cron`, `env.set.A`.
  return byCode ?? /^(?:definition\.|changes\.)?(\w+)/.exec(named ?? '')?.[1] ?? null
}
