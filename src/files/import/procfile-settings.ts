/** Settings of foreman and overmind beside a Procfile: variables, ports, formation, signals. */
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { PtrackError } from '../../protocol/errors.ts'
import { SIGNALS } from '../../protocol/names.ts'
import type { FieldNote } from '../file-process.ts'
import { fileNote, isRecord } from './fields.ts'
import type { ImportWorld } from './world.ts'

export type Like = 'foreman' | 'overmind'
type Signal = (typeof SIGNALS)[number]

export interface ProcfileSettings {
  like: Like
  env: Record<string, string>
  basePort: number
  /** Port steps per line, and per instance of one; null = no PORT is set. */
  portSteps: { line: number; instance: number } | null
  /** null = one of each. */
  formation: ReadonlyMap<string, number> | null
  /** null = all. */
  only: ReadonlySet<string> | null
  except: ReadonlySet<string>
  shell: string
  stopSignals: ReadonlyMap<string, Signal>
  stopTimeoutMs: number
  notes: FieldNote[]
}

const bad = (where: string, why: string): PtrackError =>
  new PtrackError('BAD_FILE', `cannot import ${where}: ${why}`, { hint: 'mend it there; nothing was started' })

/** `all=1,web=2`. `where` is named in errors: USAGE for an option, else BAD_FILE. */
export function parseFormation(text: string, where = '--formation'): Map<string, number> {
  return new Map(
    text.split(',').map((part) => {
      const [, name, count] = /^\s*([\w-]+)\s*=\s*(\d+)\s*$/.exec(part) ?? []
      if (name !== undefined) return [name, Number(count)]
      throw new PtrackError(
        where.startsWith('--') ? 'USAGE' : 'BAD_FILE',
        `cannot read ${where} ${JSON.stringify(text)}: ${JSON.stringify(part)} is no NAME=COUNT`,
        { hint: 'write all=1,web=2' },
      )
    }),
  )
}

/** The .env of foreman; other lines are skipped as by foreman, and reported. */
export function parseDotEnv(text: string): { env: Record<string, string>; skipped: number[] } {
  const env: Record<string, string> = {}
  const skipped: number[] = []
  for (const [index, line] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const [, key, value] = /^([A-Za-z_0-9]+)=(.*)$/s.exec(line) ?? []
    if (key === undefined || value === undefined) {
      if (!/^\s*(#|$)/.test(line)) skipped.push(index + 1)
    } else if (/^'.*'$/s.test(value)) env[key] = value.slice(1, -1)
    else if (/^".*"$/s.test(value)) env[key] = value.slice(1, -1).replace(/\\(.)/gs, (_, char) => (char === 'n' ? '\n' : char))
    else env[key] = value
  }
  return { env, skipped }
}

function whole(text: string | undefined, otherwise: number, where: string): number {
  if (text === undefined || text === '') return otherwise
  if (!/^\d+$/.test(text)) throw bad(where, `${JSON.stringify(text)} is no number`)
  return Number(text)
}

const names = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

/** `.foreman` and `.env`, or the file of its `-e`, in the directory of the Procfile. */
export function foremanSettings(
  directory: string,
  world: ImportWorld,
  formation: ReadonlyMap<string, number> | null,
): ProcfileSettings {
  const notes: FieldNote[] = []
  const options = foremanOptions(join(directory, '.foreman'), world, notes)
  const env: Record<string, string> = {}
  for (const name of options.env === undefined ? ['.env'] : names(options.env)) {
    const path = resolve(directory, name)
    const text = world.readText(path)
    if (text === null && options.env !== undefined) throw bad(path, 'there is no such file')
    const read = parseDotEnv(text ?? '')
    Object.assign(env, read.env)
    for (const line of read.skipped) notes.push(fileNote(name, 'ignored', `line ${line} of ${path} is no KEY=VALUE`, line))
  }
  const counts = options.formation ?? options.concurrency
  return {
    like: 'foreman',
    env,
    basePort: whole(
      options.port ?? env.PORT ?? world.env.PORT,
      5000,
      options.port !== undefined
        ? 'port of .foreman'
        : env.PORT !== undefined
          ? `PORT of ${options.env ?? '.env'}`
          : 'PORT of the shell',
    ),
    portSteps: { line: 100, instance: 1 },
    formation: formation ?? (counts === undefined ? null : parseFormation(counts, 'the formation of .foreman')),
    only: null,
    except: new Set(),
    shell: 'sh',
    stopSignals: new Map(),
    stopTimeoutMs: whole(options.timeout, 5, 'the timeout of .foreman') * 1000,
    notes,
  }
}

const FOREMAN_OPTIONS = ['env', 'formation', 'concurrency', 'port', 'timeout']

function foremanOptions(path: string, { readText }: ImportWorld, notes: FieldNote[]): Record<string, string> {
  const text = readText(path)
  if (text === null) return {}
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (cause) {
    throw bad(path, (cause as Error).message.split('\n')[0]!)
  }
  if (!isRecord(value)) throw bad(path, 'it is no map of options')
  for (const key of Object.keys(value)) {
    const kept = FOREMAN_OPTIONS.includes(key)
    const why = key === 'procfile' || key === 'root' ? 'the file that was named is read' : 'it is of the output of foreman'
    notes.push(fileNote(`.foreman ${key}`, kept ? 'kept' : 'ignored', kept ? null : why))
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]))
}

/** Every flag of overmind is a variable OVERMIND_NAME too; these have no counterpart. */
const NO_COUNTERPART: Readonly<Record<string, string>> = {
  OVERMIND_CAN_DIE: 'the others always go on when one ends',
  OVERMIND_ANY_CAN_DIE: 'the others always go on when one ends',
  OVERMIND_AUTO_RESTART: 'each is restarted when it fails',
  OVERMIND_TMUX_CONFIG: 'there is no tmux; output goes to a file',
}

/** `~/.overmind.env`, then `.overmind.env`, `.env` and OVERMIND_ENV of the directory of the Procfile; later ones override. */
export function overmindSettings(
  directory: string,
  world: ImportWorld,
  formation: ReadonlyMap<string, number> | null,
): ProcfileSettings {
  const notes: FieldNote[] = []
  const env: Record<string, string> = {}
  const load = (path: string): void => {
    if (world.readText(path) !== null) Object.assign(env, world.readEnvFile(path))
  }
  load(join(world.env.HOME ?? '/', '.overmind.env'))
  load(join(directory, '.overmind.env'))
  const get = (name: string): string | undefined => env[name] ?? world.env[name]
  if (get('OVERMIND_SKIP_ENV') === undefined) load(join(directory, '.env'))
  for (const name of names(get('OVERMIND_ENV'))) load(resolve(directory, name))
  for (const [name, why] of Object.entries(NO_COUNTERPART)) if (get(name)) notes.push(fileNote(name, 'ignored', why))
  const counts = get('OVERMIND_FORMATION')
  const only = names(get('OVERMIND_PROCESSES'))
  return {
    like: 'overmind',
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OVERMIND_'))),
    basePort: whole(get('OVERMIND_PORT') ?? get('PORT'), 5000, 'PORT'),
    portSteps: /^(1|t|true)$/i.test(get('OVERMIND_NO_PORT') ?? '')
      ? null
      : {
          line: whole(get('OVERMIND_PORT_STEP'), 100, 'OVERMIND_PORT_STEP'),
          instance: whole(get('OVERMIND_FORMATION_PORT_STEP'), 10, 'OVERMIND_FORMATION_PORT_STEP'),
        },
    formation: formation ?? (counts ? parseFormation(counts, 'OVERMIND_FORMATION') : null),
    only: only.length === 0 ? null : new Set(only),
    except: new Set(names(get('OVERMIND_IGNORED_PROCESSES'))),
    shell: get('OVERMIND_SHELL') || 'sh',
    stopSignals: new Map(names(get('OVERMIND_STOP_SIGNALS')).map(stopSignal)),
    stopTimeoutMs: whole(get('OVERMIND_TIMEOUT'), 5, 'OVERMIND_TIMEOUT') * 1000,
    notes,
  }
}

function stopSignal(pair: string): [string, Signal] {
  const [name, short] = pair.split('=')
  const signal = SIGNALS.find((one) => one === `SIG${short}`)
  if (!name || signal === undefined) throw bad('OVERMIND_STOP_SIGNALS', `${JSON.stringify(pair)} is no NAME=SIGNAL`)
  return [name, signal]
}
