/** process-compose YAML: the project, and each process with its dependents' conditions. */
import { basename, resolve } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, fileNote, importedName, isRecord, readFields, Value } from './fields.ts'
import { setOf } from './instances.ts'
import { composeEnv, PROCESS_COMPOSE_FIELDS } from './process-compose-fields.ts'
import { loadProject, type ProjectSource } from './process-compose-load.ts'
import { availabilityNote, type Composed, type Condition, placeLog } from './process-compose-parts.ts'
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
  is_strict: ['changed', 'fields that it would refuse are reported as ignored; `ptrack import --strict` starts nothing then'],
  is_tui_disabled: ['kept', '`ptrack watch` is the view'],
  ordered_shutdown: ['kept', 'a stop goes in reverse order'],
  env_cmds: ['ignored', 'no commands are run to read a file; set the variables in `environment`, or in the command'],
  extends: ['kept', 'that file is read below this one'],
  mcp_server: ['ignored', 'it is of the server that process-compose is itself; `ptrack mcp` serves agents'],
}

/** Rows of docs/import.md for the whole file. */
export const PROJECT_FIELDS = Object.entries(PROJECT).map(([field, [verdict, why]]) => ({ field, verdict, became: null, why }))

/** Of `restartDelay`. */
const SHORTEST_PAUSE_MS = 100

const CONDITIONS: Record<string, Condition> = {
  process_started: 'started',
  process_healthy: 'healthy',
  process_log_ready: 'healthy',
  process_completed: 'ended',
  process_completed_successfully: 'done',
}

/** Later `sources` override earlier ones. Errors are BAD_FILE. */
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
    const isOff = key === 'is_strict' && project[key] === false
    const [verdict, why] = isOff
      ? (['kept', null] as const)
      : (PROJECT[key] ?? (/^x-/.test(key) ? (['kept', 'not read'] as const) : projectRest(key)))
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
      const name = importedName(written)
      const own = { ...vars, ...textsOf(whole.vars), PC_REPLICA_NUM: String(index) }
      const record = rendered(whole, own)
      const state: Composed = {
        written,
        replica: `${written}${suffix}`,
        process: emptyProcess(name, world.cwd),
        world,
        shell,
        restart: 'no',
        maxRestarts: 0,
        backoffSeconds: null,
        readyLogLine: null,
        envFile: null,
        ownEnv: {},
        entrypoint: null,
        command: null,
        after: [],
        cron: null,
        logLocation: null,
      }
      const note = (field: string, verdict: FieldNote['verdict'], became: string | null, why: string): void => {
        if (index === 0) notes.push({ process: name, field, verdict, became, why, line: null })
      }
      // Notes on one replica apply to all.
      const said = index === 0 ? notes : []
      said.push(
        ...readFields(PROCESS_COMPOSE_FIELDS, record, state, {
          process: name,
          lineOf: (key) => lineOf(['processes', written, key]),
        }),
      )
      if (written !== name) note('name', 'changed', `name: ${name}`, 'letters that names may not have')
      const left = leftTemplate(record)
      if (left !== null) note('template', 'ignored', null, `only {{.NAME}} of vars is filled in: ${left}`)
      state.process.env = {
        ...pcEnv,
        ...(record.is_dotenv_disabled === true ? {} : dotEnv),
        ...projectEnv,
        PC_REPLICA_NUM: String(index),
      }
      return state
    })
  })
  const names = new Map<string, string>()
  for (const { written } of all) names.set(written, importedName(written))
  for (const { written, replica } of all)
    if (replica !== written)
      names.set(replica, `${importedName(written)}:${membersOf(all, written).findIndex((each) => each.replica === replica)}`)
  for (const state of all) {
    const wanted = all.flatMap(({ after }) => after.filter(({ name }) => isNamed(state, name)).map(({ condition }) => condition))
    finish(state, { file, wanted, names, note: noteChanges(notes, state) })
  }
  for (const state of all) placeLog(state, membersOf(all, state.written).length, noteChanges(notes, state))
  for (const state of all) noteUnprobed(notes, state, all)
  const sets = [...new Set(all.map(({ written }) => written))].map((written) => membersOf(all, written))
  return {
    file,
    processes: sets.map((members) =>
      setOf(
        importedName(members[0]!.written),
        members.map(({ process }) => process),
      ),
    ),
    notes,
  }
}

const isNamed = ({ written, replica }: Composed, name: string): boolean => name === written || name === replica
const membersOf = (all: readonly Composed[], name: string): Composed[] => all.filter(({ written }) => written === name)

/** Both from the directory of the import; .pc_env is meant for process-compose itself, and its programs inherit it. */
function variablesBeside({ cwd, env, readText, readEnvFile }: ImportWorld) {
  const read = (name: string): Record<string, string> =>
    readText(resolve(cwd, name)) === null ? {} : readEnvFile(resolve(cwd, name))
  return { dotEnv: read('.env'), pcEnv: Object.fromEntries(Object.entries(read('.pc_env')).filter(([key]) => !(key in env))) }
}

const textsOf = (vars: unknown): Record<string, string> =>
  isRecord(vars) ? Object.fromEntries(Object.entries(vars).map(([key, one]) => [key, String(one)])) : {}

/** Suffixes of replica names: none for a single one, else `-0` and so on, zero-padded. */
function replicasOf(value: Value): string[] {
  const count = value.number(1)
  return Array.from({ length: count }, (_, index) => (count === 1 ? '' : `-${String(index).padStart(String(count).length, '0')}`))
}

const projectRest = (key: string): [FieldNote['verdict'], string] =>
  /^log_/.test(key) ? ['ignored', 'ptrack keeps the logs of every process itself'] : ['ignored', 'unknown field']

/** Services are restarted, or have to be ready. Jobs run once, have a schedule or are awaited until completed. */
function kindOf(state: Composed, wanted: readonly string[]): 'service' | 'job' {
  if (state.cron !== null) return 'job'
  if (state.restart === 'always' || state.process.definition.health) return 'service'
  if (wanted.some((one) => one.startsWith('process_completed'))) return 'job'
  return state.restart === 'on_failure' ? 'service' : 'job'
}

type Change = Partial<Pick<FieldNote, 'verdict' | 'became' | 'why'>>

const noteChanges =
  (notes: readonly FieldNote[], { process }: Composed) =>
  (field: string, change: Change): void => {
    const found = notes.find((note) => note.process === process.definition.name && note.field === field)
    if (found) Object.assign(found, change)
  }

/** Without a check only the start can be awaited, which the file cannot have meant. */
function noteUnprobed(notes: readonly FieldNote[], state: Composed, all: readonly Composed[]): void {
  const unprobed = state.after.filter(
    ({ name, condition }) =>
      CONDITIONS[condition] === 'healthy' && all.some((other) => isNamed(other, name) && !other.process.definition.health),
  )
  if (unprobed.length === 0) return
  const why = unprobed
    .map(({ name, condition }) => `${name} has no ${condition === 'process_log_ready' ? 'ready_log_line' : 'readiness_probe'}`)
    .join(', ')
  noteChanges(notes, state)('depends_on', { verdict: 'changed', why: `${why}: its start is all that is waited for` })
}

/** Variables of the file beside it; process-compose ignores a missing one. */
function fileVariables(
  { envFile, process, world }: Composed,
  note: (field: string, change: Change) => void,
): Record<string, string> {
  if (envFile === null) return {}
  const path = resolve(process.definition.cwd, envFile)
  if (world.readText(path) !== null) return world.readEnvFile(path)
  note('env_file', { verdict: 'ignored', became: null, why: `there is no ${path}` })
  return {}
}

function finish(
  state: Composed,
  around: {
    file: string
    wanted: readonly string[]
    names: ReadonlyMap<string, string>
    note: (field: string, change: Change) => void
  },
): FileProcess {
  const { process } = state
  const { definition } = process
  const fileEnv = fileVariables(state, around.note)
  if (state.readyLogLine !== null) {
    if (definition.health)
      around.note('ready_log_line', { verdict: 'ignored', became: null, why: 'the readiness_probe alone says when it is ready' })
    else definition.health = { kind: 'log', pattern: state.readyLogLine }
  }
  process.env = { ...process.env, PC_PROC_NAME: state.replica, ...fileEnv, ...state.ownEnv }
  if (state.command === null && state.entrypoint === null)
    throw new PtrackError('BAD_FILE', `cannot import ${around.file}: ${definition.name} has neither command nor entrypoint`, {
      hint: 'give it one',
    })
  definition.command = state.command === null ? state.entrypoint! : [...state.shell, state.command]
  definition.after = state.after.map(({ name, condition }) => {
    const known = around.names.get(name)
    const became = CONDITIONS[condition]
    if (known === undefined || became === undefined)
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${around.file}: ${definition.name} depends on ${name}, ${known === undefined ? 'which is not in it' : `by the unknown condition ${condition}`}`,
        { hint: known === undefined ? 'name all files of the project: ptrack import a.yaml b.yaml' : 'mend depends_on' },
      )
    return { name: known, condition: became }
  })
  definition.kind = kindOf(state, around.wanted)
  const pauseMs = Math.max(1, (state.backoffSeconds ?? 1) * 1000)
  if (definition.kind === 'job') {
    definition.timeoutMs = null
    definition.leftovers = 'kill'
    definition.cron = state.cron
    if (state.restart === 'on_failure' || state.restart === 'always')
      Object.assign(definition, {
        retries: state.maxRestarts || 1_000_000,
        retryInitialMs: pauseMs,
        retryMaxMs: pauseMs,
        retryFactor: 1,
        retryJitter: false,
      })
  } else {
    definition.restart = ({ no: 'never', exit_on_failure: 'never', always: 'always', on_failure: 'on-failure' } as const)[
      state.restart
    ]
    if (state.restart === 'exit_on_failure') definition.critical = true
    if (state.maxRestarts > 0) definition.maxRestarts = state.maxRestarts
    if (definition.restart !== 'never') definition.restartDelayMs = Math.max(SHORTEST_PAUSE_MS, pauseMs)
  }
  const differs = availabilityNote(state)
  if (differs !== null) around.note('availability', { verdict: 'changed', why: differs })
  return process
}
