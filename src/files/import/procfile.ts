/** Procfiles by the rules of foreman or overmind. */
import { dirname } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, fileNote, importedName } from './fields.ts'
import type { ProcfileSettings } from './procfile-settings.ts'

const RULES = {
  foreman: { line: /^([A-Za-z0-9_-]+):\s*(.+)$/s, unlisted: 0, stopSignal: 'SIGTERM' },
  overmind: { line: /^([\w-]+):\s+(.+)$/s, unlisted: 1, stopSignal: 'SIGINT' },
} as const

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
    field: '.foreman',
    verdict: 'kept',
    became: null,
    why: 'env, formation (concurrency), port and timeout; --formation is over it',
  },
  {
    field: '~/.overmind.env, .overmind.env',
    verdict: 'kept',
    became: 'env',
    why: 'below .env and the files of OVERMIND_ENV; quotes, comments and `export` as in dotenv',
  },
  {
    field:
      'OVERMIND_PORT, _PORT_STEP, _FORMATION_PORT_STEP, _NO_PORT, _FORMATION, _PROCESSES, _IGNORED_PROCESSES, _SHELL, _STOP_SIGNALS, _TIMEOUT',
    verdict: 'kept',
    became: null,
    why: 'of those files or of the shell',
  },
  {
    field: 'OVERMIND_CAN_DIE, _ANY_CAN_DIE, _AUTO_RESTART, _TMUX_CONFIG',
    verdict: 'ignored',
    became: null,
    why: 'the others always go on when one ends, each is restarted when it fails, and there is no tmux',
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

/** `file` is absolute; errors are BAD_FILE. */
export function readProcfile(text: string, file: string, settings: ProcfileSettings): ReadFile {
  const { like, env, portSteps } = settings
  const rules = RULES[like]
  const notes: FieldNote[] = [...settings.notes]
  const processes: FileProcess[] = []
  const seen = new Set<string>()
  let lineIndex = -1
  for (const [index, line] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const [, name, command] = rules.line.exec(line) ?? []
    const at = { process: name ?? null, field: name ?? line.slice(0, 40), line: index + 1 }
    if (name === undefined || command === undefined) {
      if (!/^\s*(#|$)/.test(line))
        notes.push({ ...at, verdict: 'ignored', became: null, why: `it is no \`NAME: COMMAND\` to ${like}` })
      continue
    }
    lineIndex++
    if (seen.has(importedName(name)))
      throw new PtrackError('BAD_FILE', `cannot import ${file}: line ${index + 1} names ${name} again`, {
        hint: 'give each process a name of its own',
      })
    seen.add(importedName(name))
    const instances = count(name, settings)
    if (instances === 0) {
      notes.push({ ...at, verdict: 'changed', became: null, why: 'left out: no instance of it is asked for' })
      continue
    }
    const port = portSteps === null ? null : settings.basePort + lineIndex * portSteps.line
    const process = emptyProcess(importedName(name), dirname(file))
    Object.assign(process.definition, {
      command: [settings.shell, '-c', command],
      restart: 'on-failure',
      stopSignal: settings.stopSignals.get(name) ?? rules.stopSignal,
      stopTimeoutMs: settings.stopTimeoutMs,
    })
    process.env = { ...env, ...(port === null ? {} : { PORT: String(port) }) }
    process.instances = instances
    process.instanceEnv = Array.from({ length: instances }, (_, i) => ({
      ...(port === null ? {} : { PORT: String(port + i * portSteps!.instance) }),
      ...(like === 'foreman' ? { PS: `${name}.${i + 1}` } : {}),
    }))
    processes.push(process)
    const renamed = process.definition.name === name ? null : `name: ${process.definition.name}`
    notes.push({
      ...at,
      process: process.definition.name,
      verdict: renamed ? 'changed' : 'kept',
      became: renamed ?? (port === null ? null : `PORT ${port}`),
      why: null,
    })
    if (/\$\{?[A-Za-z_]/.test(command) && like === 'foreman') notes.push({ ...at, ...ruleNote('$NAME in COMMAND') })
  }
  if (processes.length === 0)
    throw new PtrackError('BAD_FILE', `cannot import ${file}: no process comes of it`, {
      hint: 'write lines NAME: COMMAND',
    })
  for (const name of settings.formation?.keys() ?? [])
    if (name !== 'all' && !seen.has(importedName(name)))
      notes.push(fileNote(`formation ${name}`, 'ignored', 'the Procfile has no such process'))
  notes.push({ process: null, line: null, ...ruleNote('end of a process') })
  return { file, processes, notes }
}

const ruleNote = (field: string): Pick<FieldNote, 'field' | 'verdict' | 'became' | 'why'> =>
  PROCFILE_RULES.find((rule) => rule.field === field)!

/** Without a formation both start one of each. */
function count(name: string, { formation, like, only, except }: ProcfileSettings): number {
  if (except.has(name) || only?.has(name) === false) return 0
  if (formation === null) return 1
  return formation.get(name) ?? formation.get('all') ?? RULES[like].unlisted
}
