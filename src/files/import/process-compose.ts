/** process-compose YAML: the project, and each process with what the others want of it. */
import { basename, resolve } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, fileNote, importedName, isRecord, readFields, Value } from './fields.ts'
import { composeEnv, PROCESS_COMPOSE_FIELDS } from './process-compose-fields.ts'
import { loadProject, type ProjectSource } from './process-compose-load.ts'
import type { Composed, Condition } from './process-compose-parts.ts'
import { leftTemplate, rendered } from './templates.ts'
import type { ImportWorld } from './world.ts'

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
  env_cmds: ['ignored', 'no commands are run to read a file; set the variables in `environment`, or in the command'],
  extends: ['kept', 'that file is read below this one'],
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

/** The later of `sources` over the earlier. Errors are BAD_FILE. */
export function readProcessCompose(sources: readonly ProjectSource[], world: ImportWorld): ReadFile {
  const { file } = sources[0]!
  const { dotEnv, pcEnv } = variablesBeside(world)
  const { value: project, lineOf } = loadProject(sources, {
    env: { ...pcEnv, ...world.env, ...dotEnv },
    readText: world.readText,
  })
  const notes: FieldNote[] = []
  for (const over of sources.slice(1)) notes.push(fileNote(basename(over.file), 'kept', 'read over it'))
  for (const key of Object.keys(project)) {
    const [verdict, why] = PROJECT[key] ?? (/^x-/.test(key) ? (['kept', 'not read'] as const) : projectRest(key))
    notes.push(fileNote(key, verdict, why, lineOf([key])))
  }
  const projectEnv =
    project.environment === undefined ? {} : composeEnv(new Value(project.environment, 'environment', 'environment'))
  const vars = textsOf(project.vars)
  const shell = isRecord(project.shell)
    ? [String(project.shell.shell_command ?? 'bash'), String(project.shell.shell_argument ?? '-c')]
    : [world.env.COMPOSE_SHELL ?? 'bash', '-c']
  const all = Object.entries(project.processes).flatMap(([written, raw]) => {
    const whole = new Value(raw, `${file}: ${written}`, written).record()
    const replicas = replicasOf(new Value(whole.replicas ?? 1, `${written}: replicas`, 'replicas'))
    return replicas.map((suffix, index) => {
      const name = importedName(`${written}${suffix}`)
      const own = { ...vars, ...textsOf(whole.vars), PC_REPLICA_NUM: String(index) }
      const record = rendered(whole, own)
      const state: Composed = {
        process: emptyProcess(name, world.cwd),
        world,
        shell,
        restart: 'no',
        maxRestarts: 0,
        backoffSeconds: 1,
        envFile: null,
        ownEnv: {},
        entrypoint: null,
        command: null,
        after: [],
        cron: null,
      }
      const note = (field: string, verdict: FieldNote['verdict'], became: string | null, why: string): void => {
        notes.push({ process: name, field, verdict, became, why, line: null })
      }
      notes.push(
        ...readFields(PROCESS_COMPOSE_FIELDS, record, state, {
          process: name,
          lineOf: (key) => lineOf(['processes', written, key]),
        }),
      )
      if (`${written}${suffix}` !== name) note('name', 'changed', `name: ${name}`, 'letters that names may not have')
      const left = leftTemplate(record)
      if (left !== null) note('template', 'ignored', null, `only {{.NAME}} of vars is filled in: ${left}`)
      if (suffix !== '') state.process.definition.tags = [...(state.process.definition.tags ?? []), importedName(written)]
      state.process.env = {
        ...pcEnv,
        ...(record.is_dotenv_disabled === true ? {} : dotEnv),
        ...projectEnv,
        PC_REPLICA_NUM: String(index),
      }
      return { written, replica: `${written}${suffix}`, state }
    })
  })
  const names = new Map<string, string[]>()
  for (const { written, replica, state } of all)
    for (const each of new Set([written, replica])) names.set(each, [...(names.get(each) ?? []), state.process.definition.name])
  const processes = all.map(({ written, replica, state }) => {
    const wanted = all.flatMap(({ state: other }) =>
      other.after.filter(({ name }) => name === written || name === replica).map(({ condition }) => condition),
    )
    return finish(state, { file, wanted, names })
  })
  return { file, processes, notes }
}

/** Both of where import is called; .pc_env is there for process-compose itself, and its programs inherit it. */
function variablesBeside({ cwd, env, readText, readEnvFile }: ImportWorld) {
  const read = (name: string): Record<string, string> =>
    readText(resolve(cwd, name)) === null ? {} : readEnvFile(resolve(cwd, name))
  return { dotEnv: read('.env'), pcEnv: Object.fromEntries(Object.entries(read('.pc_env')).filter(([key]) => !(key in env))) }
}

const textsOf = (vars: unknown): Record<string, string> =>
  isRecord(vars) ? Object.fromEntries(Object.entries(vars).map(([key, one]) => [key, String(one)])) : {}

/** What stands behind the name of each: nothing for one alone, else `-0` and so on, as wide as their number. */
function replicasOf(value: Value): string[] {
  const count = value.number(1)
  return Array.from({ length: count }, (_, index) => (count === 1 ? '' : `-${String(index).padStart(String(count).length, '0')}`))
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
  around: { file: string; wanted: readonly string[]; names: ReadonlyMap<string, string[]> },
): FileProcess {
  const { process, world } = state
  const { definition } = process
  const fileEnv = state.envFile === null ? {} : world.readEnvFile(resolve(definition.cwd, state.envFile))
  process.env = { ...process.env, PC_PROC_NAME: definition.name, ...fileEnv, ...state.ownEnv }
  if (state.command === null && state.entrypoint === null)
    throw new PtrackError('BAD_FILE', `cannot import ${around.file}: ${definition.name} has neither command nor entrypoint`, {
      hint: 'give it one',
    })
  definition.command = state.command === null ? state.entrypoint! : [...state.shell, state.command]
  definition.after = state.after.flatMap(({ name, condition }) => {
    const known = around.names.get(name)
    const became = CONDITIONS[condition]
    if (known === undefined || became === undefined)
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${around.file}: ${definition.name} depends on ${name}, ${known === undefined ? 'which is not in it' : `by the unknown condition ${condition}`}`,
        { hint: known === undefined ? 'name all files of the project: ptrack import a.yaml b.yaml' : 'mend depends_on' },
      )
    return known.map((each) => ({ name: each, condition: became }))
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
