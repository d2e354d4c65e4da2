/** process-compose YAML: expansion of variables, the project, and each process with what the others want of it. */
import { resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, importedName, isRecord, readFields, Value } from './fields.ts'
import { type Composed, type Condition, composeEnv, PROCESS_COMPOSE_FIELDS } from './process-compose-fields.ts'
import type { ImportWorld } from './world.ts'

/** Go's os.Expand: `$NAME`, `${NAME}`, unknown ones are empty; `$$` is a dollar. */
export const expandVariables = (text: string, env: Record<string, string>): string =>
  text.replace(/\$(?:(\$)|\{([^}]*)\}|([A-Za-z_]\w*))/g, (_, dollar, braced, bare) =>
    dollar ? '$' : (env[braced ?? bare] ?? ''),
  )

/** `{{ .NAME }}` of a known name; other templates stay as they stand and are told. */
const fillIn = (text: string, vars: Record<string, string>): string =>
  text.replace(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (whole, name) => vars[name] ?? whole)

const PROJECT: Record<string, [FieldNote['verdict'], string | null]> = {
  version: ['kept', null],
  name: ['kept', null],
  processes: ['kept', null],
  environment: ['kept', 'given to each'],
  vars: ['kept', '{{.NAME}} filled in'],
  shell: ['kept', null],
  disable_env_expansion: ['kept', null],
  is_strict: ['kept', '--strict does it'],
  is_tui_disabled: ['kept', '`ptrack watch` is the view'],
  ordered_shutdown: ['kept', 'a stop goes in reverse order'],
  env_cmds: ['ignored', 'no commands are run to read a file'],
  extends: ['ignored', 'import that file too'],
  mcp_server: ['ignored', 'ptrack is no MCP server'],
}

/** Rows of docs/import.md for the whole file. */
export const PROJECT_FIELDS = Object.entries(PROJECT).map(([field, [verdict, why]]) => ({ field, verdict, became: null, why }))

const CONDITIONS: Record<string, Condition> = {
  process_started: 'started',
  process_healthy: 'healthy',
  process_log_ready: 'healthy',
  process_completed: 'done',
  process_completed_successfully: 'done',
}

function parse(text: string, where: { file: string; env: Record<string, string> }) {
  const lines = new LineCounter()
  // Asked of the unexpanded text, as process-compose does.
  const raw = /^disable_env_expansion:\s*true\s*$/m.test(text)
  const document = parseDocument(raw ? text : expandVariables(text, where.env), { lineCounter: lines, merge: true })
  const [error] = document.errors
  if (error)
    throw new PtrackError('BAD_FILE', `cannot import ${where.file}: ${error.message.split('\n')[0]}`, { hint: 'mend the YAML' })
  const value: unknown = document.toJS()
  if (!isRecord(value) || !isRecord(value.processes) || Object.keys(value.processes).length === 0)
    throw new PtrackError('BAD_FILE', `cannot import ${where.file}: there are no processes in it`, {
      hint: 'write `processes:` and one below it, or say the format by --format',
    })
  const lineOf = (path: string[]): number | null => {
    const pair = (
      document.getIn(path.slice(0, -1), true) as { items?: { key: { value?: unknown; range?: number[] } }[] }
    )?.items?.find(({ key }) => key?.value === path.at(-1))
    return pair?.key.range ? lines.linePos(pair.key.range[0]!).line : null
  }
  return { value: value as Record<string, unknown> & { processes: Record<string, unknown> }, lineOf }
}

export function readProcessCompose(
  text: string,
  where: { file: string; world: ImportWorld; dotEnv: Record<string, string> },
): ReadFile {
  const { file, world, dotEnv } = where
  const { value: project, lineOf } = parse(text, { file, env: { ...dotEnv, ...world.env } })
  const notes: FieldNote[] = []
  for (const key of Object.keys(project)) {
    const [verdict, why] = PROJECT[key] ?? (/^x-/.test(key) ? (['kept', 'not read'] as const) : projectRest(key))
    notes.push({ process: null, field: key, verdict, became: null, why, line: lineOf([key]) })
  }
  const projectEnv =
    project.environment === undefined ? {} : composeEnv(new Value(project.environment, 'environment', 'environment'))
  const vars = isRecord(project.vars)
    ? Object.fromEntries(Object.entries(project.vars).map(([key, one]) => [key, String(one)]))
    : {}
  const shell = isRecord(project.shell)
    ? [String(project.shell.shell_command ?? 'bash'), String(project.shell.shell_argument ?? '-c')]
    : [world.env.COMPOSE_SHELL ?? 'bash', '-c']
  const all = Object.entries(project.processes).map(([written, raw]) => {
    const name = importedName(written)
    const state: Composed = {
      process: emptyProcess(name, world.cwd),
      world,
      shell,
      restart: 'no',
      maxRestarts: 0,
      backoffSeconds: 1,
      fileEnv: {},
      ownEnv: {},
      entrypoint: null,
      command: null,
      vars: { ...vars },
      after: [],
      cron: null,
    }
    const record = new Value(raw, `${file}: ${written}`, written).record()
    notes.push(
      ...readFields(PROCESS_COMPOSE_FIELDS, record, state, {
        process: name,
        lineOf: (key) => lineOf(['processes', written, key]),
      }),
    )
    if (written !== name)
      notes.push({
        process: name,
        field: 'name',
        verdict: 'changed',
        became: `name: ${name}`,
        why: 'letters that names may not have',
        line: null,
      })
    return { written, state, dotEnv: record.is_dotenv_disabled === true ? {} : dotEnv }
  })
  const processes = all.map(({ written, state, dotEnv: given }) => {
    const wanted = all.flatMap(({ state: other }) =>
      other.after.filter(({ name }) => name === written).map(({ condition }) => condition),
    )
    state.process.env = { ...given, ...projectEnv }
    return finish(state, {
      file,
      wanted,
      names: new Map(all.map((one) => [one.written, one.state.process.definition.name])),
      notes,
    })
  })
  return { file, processes, notes }
}

const projectRest = (key: string): [FieldNote['verdict'], string] =>
  /^log_/.test(key) ? ['ignored', 'ptrack keeps the logs of every process itself'] : ['ignored', 'unknown field']

/**
 * service or job? What is restarted, or has to be ready, is a service. What runs once (`restart: no`), what has a schedule
 * and what others wait for to complete is a job, so that it ends as done.
 */
function kindOf(state: Composed, wanted: readonly string[]): 'service' | 'job' {
  if (state.cron !== null) return 'job'
  if (state.restart === 'always' || state.process.definition.health) return 'service'
  if (wanted.some((one) => one.startsWith('process_completed'))) return 'job'
  return state.restart === 'on_failure' ? 'service' : 'job'
}

function finish(
  state: Composed,
  around: { file: string; wanted: readonly string[]; names: ReadonlyMap<string, string>; notes: FieldNote[] },
): FileProcess {
  const { process, world } = state
  const { definition } = process
  const { '': envFile, ...fileEnv } = state.fileEnv
  if (envFile !== undefined) Object.assign(fileEnv, world.readEnvFile(resolve(definition.cwd, envFile)))
  const fill = (text: string): string => fillIn(text, { PC_REPLICA_NUM: '0', ...state.vars })
  process.env = Object.fromEntries(
    Object.entries({ ...process.env, ...fileEnv, ...state.ownEnv }).map(([key, text]) => [key, fill(text)]),
  )
  process.env.PC_PROC_NAME ??= definition.name
  process.env.PC_REPLICA_NUM ??= '0'
  process.instanceEnv = Array.from({ length: process.instances }, (_, index) => ({ PC_REPLICA_NUM: String(index) }))
  definition.cwd = fill(definition.cwd)
  if (state.command === null && state.entrypoint === null)
    throw new PtrackError('BAD_FILE', `cannot import ${around.file}: ${definition.name} has neither command nor entrypoint`, {
      hint: 'give it one',
    })
  // Replicas share one command, and the shell knows which of them it is.
  const inShell = (text: string): string =>
    process.instances === 1 ? fill(text) : fill(text.replace(/\{\{-?\s*\.PC_REPLICA_NUM\s*-?\}\}/g, '${PC_REPLICA_NUM}'))
  definition.command = state.command === null ? state.entrypoint!.map(fill) : [...state.shell, inShell(state.command)]
  const left = [state.command ?? '', ...definition.command, ...Object.values(process.env)].find((text) =>
    /\{\{.*\}\}/.test(fill(text)),
  )
  if (left !== undefined)
    around.notes.push({
      process: definition.name,
      field: 'template',
      verdict: 'ignored',
      became: null,
      why: `only {{.NAME}} of vars is filled in: ${left.slice(0, 60)}`,
      line: null,
    })
  if (definition.health?.kind === 'exec') definition.health = { ...definition.health, command: fill(definition.health.command) }
  definition.after = state.after.map(({ name, condition }) => {
    const known = around.names.get(name)
    const became = CONDITIONS[condition]
    if (known === undefined || became === undefined)
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${around.file}: ${definition.name} depends on ${name}, ${known === undefined ? 'which is not in it' : `by the unknown condition ${condition}`}`,
        { hint: 'mend depends_on' },
      )
    return { name: known, condition: became }
  })
  definition.kind = kindOf(state, around.wanted)
  if (definition.kind === 'job') {
    definition.timeoutMs = null
    definition.leftovers = 'kill'
    definition.cron = state.cron
    if (state.restart === 'on_failure' || state.restart === 'always')
      Object.assign(definition, {
        retries: state.maxRestarts || 1_000_000,
        retryInitialMs: Math.max(1, state.backoffSeconds * 1000),
        retryMaxMs: Math.max(1, state.backoffSeconds * 1000),
        retryFactor: 1,
        retryJitter: false,
      })
  } else {
    definition.restart = ({ no: 'never', exit_on_failure: 'never', always: 'always', on_failure: 'on-failure' } as const)[
      state.restart
    ]
    if (state.maxRestarts > 0) definition.maxRestarts = state.maxRestarts
  }
  return process
}
