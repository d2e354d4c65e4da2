/** Procfiles with .env, formation and PORT, by the rules of foreman or overmind. */
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, importedName } from './fields.ts'

export type Like = 'foreman' | 'overmind'

/** What each of them does where they differ. */
const RULES = {
  foreman: { line: /^([A-Za-z0-9_-]+):\s*(.+)$/, unlisted: 0, perInstance: 1, stopSignal: 'SIGTERM' },
  overmind: { line: /^([\w-]+):\s+(.+)$/, unlisted: 1, perInstance: 10, stopSignal: 'SIGINT' },
} as const

const BASE_PORT = 5000
const PORT_STEP = 100

/** A row of docs/import.md: a Procfile has lines, not fields. */
export const PROCFILE_RULES: readonly {
  field: string
  verdict: FieldNote['verdict']
  became: string | null
  why: string | null
}[] = [
  { field: 'NAME: COMMAND', verdict: 'kept', became: 'a service run by sh -c', why: null },
  {
    field: '.env',
    verdict: 'kept',
    became: 'env',
    why: 'quotes are stripped; no `export`, no comments behind a value, as in foreman',
  },
  {
    field: 'PORT',
    verdict: 'kept',
    became: 'env',
    why: '5000 (or PORT), 100 more for each line, 1 (overmind: 10) more for each instance',
  },
  { field: 'PS', verdict: 'kept', became: 'env', why: 'foreman sets NAME.N; overmind sets none' },
  {
    field: 'formation',
    verdict: 'kept',
    became: 'instances',
    why: 'foreman: what is not listed is left out; overmind: it is one',
  },
  {
    field: '$NAME in COMMAND',
    verdict: 'changed',
    became: null,
    why: 'the shell expands it; foreman replaces text, also inside longer names',
  },
  {
    field: 'end of a process',
    verdict: 'changed',
    became: 'restart: on-failure',
    why: 'foreman and overmind end all when one ends; here it is restarted and the others go on',
  },
  { field: 'another line', verdict: 'ignored', became: null, why: 'it is no `NAME: COMMAND`' },
]

/** `all=1,web=2`; errors are USAGE. */
export function parseFormation(text: string): Map<string, number> {
  return new Map(
    text.split(',').map((part) => {
      const [, name, count] = /^\s*([\w-]+)\s*=\s*(\d+)\s*$/.exec(part) ?? []
      if (name === undefined)
        throw new PtrackError(
          'USAGE',
          `cannot read --formation ${JSON.stringify(text)}: ${JSON.stringify(part)} is no NAME=COUNT`,
          {
            hint: 'write --formation all=1,web=2',
          },
        )
      return [name, Number(count)]
    }),
  )
}

/** The .env of foreman; other lines are skipped as it skips them, and told. */
export function parseDotEnv(text: string): { env: Record<string, string>; skipped: number[] } {
  const env: Record<string, string> = {}
  const skipped: number[] = []
  for (const [index, line] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const [, key, value] = /^([A-Za-z_0-9]+)=(.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) {
      if (!/^\s*(#|$)/.test(line)) skipped.push(index + 1)
    } else if (/^'.*'$/.test(value)) env[key] = value.slice(1, -1)
    else if (/^".*"$/.test(value)) env[key] = value.slice(1, -1).replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))
    else env[key] = value
  }
  return { env, skipped }
}

export interface ProcfileOptions {
  file: string
  /** Where the Procfile is. */
  cwd: string
  like: Like
  formation: ReadonlyMap<string, number> | null
  /** PORT of the caller. */
  callerPort: string | undefined
  dotEnv: { file: string; text: string } | null
}

export function readProcfile(text: string, options: ProcfileOptions): ReadFile {
  const rules = RULES[options.like]
  const { env, skipped } = parseDotEnv(options.dotEnv?.text ?? '')
  const notes: FieldNote[] = skipped.map((line) => ({
    process: null,
    field: '.env',
    verdict: 'ignored',
    became: null,
    why: `line ${line} of ${options.dotEnv!.file} is no KEY=VALUE`,
    line,
  }))
  const base = basePort(env.PORT ?? options.callerPort, options.file)
  const processes: FileProcess[] = []
  let lineIndex = -1
  for (const [index, line] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const [, name, command] = rules.line.exec(line) ?? []
    const at = { process: name ?? null, field: name ?? line.slice(0, 40), line: index + 1 }
    if (name === undefined || command === undefined) {
      if (!/^\s*(#|$)/.test(line))
        notes.push({ ...at, verdict: 'ignored', became: null, why: `it is no \`NAME: COMMAND\` to ${options.like}` })
      continue
    }
    lineIndex++
    if (processes.some(({ definition }) => definition.name === importedName(name)))
      throw new PtrackError('BAD_FILE', `cannot import ${options.file}: line ${index + 1} names ${name} again`, {
        hint: 'give each process a name of its own',
      })
    const instances = count(name, options)
    if (instances === 0) {
      notes.push({ ...at, verdict: 'changed', became: null, why: 'left out: the formation gives it no instance' })
      continue
    }
    const port = base + lineIndex * PORT_STEP
    const process = emptyProcess(importedName(name), options.cwd)
    Object.assign(process.definition, {
      command: ['sh', '-c', command],
      restart: 'on-failure',
      stopSignal: rules.stopSignal,
      stopTimeoutMs: 5000,
    })
    process.env = { ...env, PORT: String(port) }
    process.instances = instances
    process.instanceEnv = Array.from({ length: instances }, (_, i) => ({
      PORT: String(port + i * rules.perInstance),
      ...(options.like === 'foreman' ? { PS: `${name}.${i + 1}` } : {}),
    }))
    processes.push(process)
    const renamed = process.definition.name === name ? null : `name: ${process.definition.name}`
    notes.push({
      ...at,
      process: process.definition.name,
      verdict: renamed ? 'changed' : 'kept',
      became: renamed ?? `PORT ${port}`,
      why: null,
    })
    if (/\$\{?[A-Za-z_]/.test(command) && options.like === 'foreman') notes.push({ ...at, ...ruleNote('$NAME in COMMAND') })
  }
  if (processes.length === 0)
    throw new PtrackError('BAD_FILE', `cannot import ${options.file}: no process comes of it`, {
      hint: 'write lines NAME: COMMAND',
    })
  notes.push({ process: null, line: null, ...ruleNote('end of a process') })
  return { file: options.file, processes, notes }
}

const ruleNote = (field: string): Pick<FieldNote, 'field' | 'verdict' | 'became' | 'why'> =>
  PROCFILE_RULES.find((rule) => rule.field === field)!

function basePort(text: string | undefined, file: string): number {
  if (text === undefined || text === '') return BASE_PORT
  if (!/^\d+$/.test(text))
    throw new PtrackError('BAD_FILE', `cannot import ${file}: PORT is ${JSON.stringify(text)} and no number`, {
      hint: 'set PORT=5000',
    })
  return Number(text)
}

/** Without a formation both start one of each. */
function count(name: string, { formation, like }: ProcfileOptions): number {
  if (formation === null) return 1
  return formation.get(name) ?? formation.get('all') ?? RULES[like].unlisted
}
