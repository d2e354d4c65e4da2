/** The fields of a process in process-compose YAML, as its JSON schema names them. */
import { constants } from 'node:os'
import { resolve } from 'node:path'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { SIGNALS } from '../../protocol/names.ts'
import type { FileProcess } from '../file-process.ts'
import { type Field, isRecord, Value } from './fields.ts'
import type { ImportWorld } from './world.ts'

export type Condition = NonNullable<DefinitionInput['after']>[number]['condition']

export interface Composed {
  process: FileProcess
  world: ImportWorld
  shell: string[]
  restart: 'no' | 'always' | 'on_failure' | 'exit_on_failure'
  maxRestarts: number
  backoffSeconds: number
  /** Variables of env_file, then those of the process. */
  fileEnv: Record<string, string>
  ownEnv: Record<string, string>
  entrypoint: string[] | null
  command: string | null
  vars: Record<string, string>
  after: { name: string; condition: string }[]
  cron: string | null
}

type Row = Field<Composed>
const ignored = (why: string, ...names: [string, ...string[]]): Row => ({ names, verdict: 'ignored', became: null, why })
const row = (name: string, became: string | null, read: NonNullable<Row['read']>, why: string | null = null): Row => ({
  names: [name],
  verdict: 'kept',
  became,
  why,
  read,
})
const OWN_LOGS = 'ptrack keeps the logs of every process itself; `ptrack logs NAME` shows them'

/** `["A=b"]`, or an object. */
export function composeEnv(value: Value): Record<string, string> {
  if (isRecord(value.raw)) return Object.fromEntries(Object.keys(value.raw).map((key) => [key, value.inner(key).text()]))
  return Object.fromEntries(
    value.list().map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw value.fail('a list of K=V')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** What was ignored of the keys of an object, in words. */
const leftOut = (raw: Record<string, unknown>, read: readonly string[]): string | null => {
  const keys = Object.keys(raw).filter((key) => !read.includes(key))
  return keys.length === 0 ? null : `without ${keys.join(', ')}, which ptrack has not`
}

function readProbe(value: Value, { process }: Composed): ReturnType<NonNullable<Row['read']>> {
  const { definition } = process
  const raw = value.record()
  const ms = (key: string): number | undefined => (raw[key] === undefined ? undefined : value.inner(key).number() * 1000)
  const rest = leftOut(raw, ['exec', 'http_get', 'period_seconds', 'timeout_seconds', 'failure_threshold'])
  let why = rest
  if (isRecord(raw.exec)) {
    definition.health = { kind: 'exec', command: value.inner('exec').inner('command').text() }
    if (raw.exec.working_dir !== undefined) why = [rest, 'the probe runs in the cwd of the process'].filter(Boolean).join('; ')
  } else if (isRecord(raw.http_get)) {
    const get = raw.http_get
    const part = (key: string, otherwise: string): string =>
      get[key] === undefined ? otherwise : value.inner('http_get').inner(key).text()
    const port = part('num_port', part('port', ''))
    const path = part('path', '/')
    definition.health = {
      kind: 'http',
      url: `${part('scheme', 'http')}://${part('host', '127.0.0.1')}${port && `:${port}`}${path.startsWith('/') ? '' : '/'}${path}`,
    }
    if (!URL.canParse(definition.health.url)) throw value.fail('a probe with a valid address')
    const more = leftOut(get, ['scheme', 'host', 'port', 'num_port', 'path', 'status_code'])
    why = [rest, more, 'any answer from 200 to 399 is good'].filter(Boolean).join('; ')
  } else throw value.fail('a probe with exec or http_get')
  definition.healthPeriodMs = Math.max(100, ms('period_seconds') ?? 10_000)
  definition.healthTimeoutMs = Math.max(10, ms('timeout_seconds') ?? 1000)
  definition.healthFailures = raw.failure_threshold === undefined ? 3 : value.inner('failure_threshold').number(1)
  definition.restartUnhealthy = true
  // It is restarted when it is not ready in time here, and there when the probe has failed so often.
  const initialMs = ms('initial_delay_seconds') ?? 0
  definition.readyTimeoutMs = Math.max(30_000, initialMs + definition.healthPeriodMs * (definition.healthFailures + 1))
  return why === null ? undefined : { verdict: 'changed', why }
}

function readShutdown(value: Value, { process: { definition } }: Composed): ReturnType<NonNullable<Row['read']>> {
  const raw = value.record()
  if (raw.signal !== undefined) {
    const number = value.inner('signal').number(1)
    const name = SIGNALS.find((one) => constants.signals[one] === number)
    if (name === undefined) throw value.fail('a signal that ptrack sends')
    definition.stopSignal = name
  }
  if (raw.timeout_seconds !== undefined) definition.stopTimeoutMs = value.inner('timeout_seconds').number() * 1000
  const lost = leftOut(raw, ['signal', 'timeout_seconds', ...(raw.parent_only === true ? [] : ['parent_only'])])
  return lost === null
    ? undefined
    : { verdict: raw.command === undefined ? 'changed' : 'ignored', why: `${lost}: a stop is a signal to the whole tree` }
}

function readAvailability(value: Value, state: Composed): ReturnType<NonNullable<Row['read']>> {
  const raw = value.record()
  const lost: string[] = []
  // YAML 1.1 reads a bare `no` as false.
  if (raw.restart !== undefined) {
    const text = raw.restart === false ? 'no' : value.inner('restart').text().replaceAll('-', '_')
    if (text !== 'no' && text !== 'always' && text !== 'on_failure' && text !== 'exit_on_failure')
      throw value.inner('restart').fail('no, always, on_failure or exit_on_failure')
    state.restart = text
    if (text === 'exit_on_failure') lost.push('one that fails does not end the others')
  }
  if (raw.max_restarts !== undefined) {
    state.maxRestarts = value.inner('max_restarts').number()
    lost.push('max_restarts counts failures inside 10 minutes')
  }
  if (raw.backoff_seconds !== undefined) {
    state.backoffSeconds = value.inner('backoff_seconds').number()
    lost.push('a service is restarted at once, then after 100 ms doubling to 60 s')
  }
  const rest = leftOut(raw, ['restart', 'max_restarts', 'backoff_seconds'])
  if (rest) lost.push(rest)
  return lost.length === 0 ? undefined : { verdict: 'changed', why: lost.join('; ') }
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const

/** A Go duration that divides a minute, an hour or a day, as a cron line. */
export function intervalCron(text: string): string | null {
  let ms = 0
  for (const [, number, unit] of text.matchAll(/(\d+)(h|m|s)/g)) ms += Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (!/^(\d+[hms])+$/.test(text) || ms === 0) return null
  if (ms < 60_000) return 60_000 % ms === 0 ? `*/${ms / 1000} * * * * *` : null
  if (ms < 3_600_000) return 3_600_000 % ms === 0 && ms % 60_000 === 0 ? `*/${ms / 60_000} * * * *` : null
  if (ms < 86_400_000) return 86_400_000 % ms === 0 && ms % 3_600_000 === 0 ? `0 */${ms / 3_600_000} * * *` : null
  return ms === 86_400_000 ? '0 0 * * *' : null
}

function readSchedule(value: Value, state: Composed): ReturnType<NonNullable<Row['read']>> {
  const raw = value.record()
  const rest = leftOut(raw, ['cron', 'interval', ...(raw.max_concurrent === 1 ? ['max_concurrent'] : [])])
  if (raw.cron !== undefined) state.cron = value.inner('cron').text()
  else if (raw.interval !== undefined) {
    state.cron = intervalCron(value.inner('interval').text())
    if (state.cron === null) return { verdict: 'ignored', became: null, why: 'this interval is no cron line; write one' }
    return {
      verdict: 'changed',
      became: `cron: ${state.cron}`,
      why: ['at even times of the clock', rest].filter(Boolean).join('; '),
    }
  }
  return { became: `cron: ${state.cron}`, ...(rest === null ? {} : { verdict: 'changed', why: rest }) }
}

const SILENT_OFF = { verdict: 'kept', became: null, why: 'off, as in ptrack' } as const
const unless = (name: string, why: string): Row => ({
  names: [name],
  verdict: 'ignored',
  became: null,
  why,
  read: (v) => (v.raw === false ? SILENT_OFF : undefined),
})

export const PROCESS_COMPOSE_FIELDS: readonly Row[] = [
  row('command', 'command', (v, state) => {
    state.command = v.text()
  }),
  row('entrypoint', 'command', (v, state) => {
    state.entrypoint = v.list()
  }),
  row(
    'working_dir',
    'cwd',
    (v, { process, world }) => {
      process.definition.cwd = resolve(world.cwd, v.text())
    },
    'relative to where import is called, as in process-compose',
  ),
  row('environment', 'env', (v, state) => {
    state.ownEnv = composeEnv(v)
  }),
  row('env_file', 'env', (v, state) => {
    // Read when working_dir is known.
    state.fileEnv = { ...state.fileEnv, '': v.text() }
  }),
  row('is_dotenv_disabled', null, () => undefined),
  row('vars', '{{.NAME}} filled in', (v, state) => {
    for (const key of Object.keys(v.record())) state.vars[key] = v.inner(key).text()
  }),
  unless('is_template_disabled', 'templates are filled in where their name is known, and else left as they stand'),
  {
    names: ['depends_on'],
    verdict: 'kept',
    became: 'after',
    why: 'process_started: started; process_healthy: healthy; process_completed_successfully: done; process_log_ready: healthy by its log; process_completed: done, so a failure is waited for no more',
    read: (v, state) => {
      state.after = Object.keys(v.record()).map((name) => {
        const one = v.inner(name)
        const condition = isRecord(one.raw) && one.raw.condition !== undefined ? one.inner('condition').text() : 'process_started'
        return { name, condition }
      })
      if (state.after.some(({ condition }) => condition === 'process_completed'))
        return { verdict: 'changed', why: 'process_completed became done: when the other fails this one does not start' }
      return { why: null }
    },
  },
  { names: ['availability'], verdict: 'kept', became: 'restart', why: null, read: readAvailability },
  { names: ['readiness_probe'], verdict: 'kept', became: 'health', why: null, read: readProbe },
  ignored('there it is for is_daemon alone; a readiness_probe is checked as long as the process lives', 'liveness_probe'),
  row('ready_log_line', 'health: log', (v, { process }) => {
    process.definition.health = { kind: 'log', pattern: logPattern(v.text()) }
  }),
  { names: ['shutdown'], verdict: 'kept', became: 'stopSignal, stopTimeoutMs', why: null, read: readShutdown },
  unless('is_daemon', 'what goes to the background cannot be watched; run it in the foreground'),
  ignored('goes with is_daemon', 'launch_timeout_seconds'),
  {
    names: ['disabled', 'is_disabled'],
    verdict: 'kept',
    became: 'autostart',
    why: null,
    read: (v, { process }) => {
      process.autostart = process.autostart && !v.flag()
    },
  },
  row('replicas', 'instances', (v, { process }) => {
    process.instances = v.number(1)
  }),
  row('namespace', 'tag', (v, { process }) => {
    process.definition.tags = v.list()
  }),
  { names: ['schedule'], verdict: 'kept', became: 'cron', why: null, read: readSchedule },
  {
    names: ['watch'],
    verdict: 'changed',
    became: 'watchFiles',
    why: 'changes are gathered for 300 ms; exclude, cascade and the limits are left out',
    read: (v, { process }) => {
      const paths = v.record().paths
      if (!Array.isArray(paths)) throw v.fail('a watch with paths')
      process.definition.watchFiles = paths.flatMap((one) => {
        const entry = new Value(one, v.at, 'paths')
        const base = entry.inner('path').text().replace(/\/+$/, '')
        const include = isRecord(one) && one.include !== undefined ? entry.inner('include').list() : ['**']
        return include.map((glob) => (base === '.' || base === '' ? glob : `${base}/${glob}`))
      })
    },
  },
  ignored(OWN_LOGS, 'log_location', 'log_configuration', 'truncate_log', 'disable_ansi_colors'),
  unless('is_tty', 'output goes to a file; `script -qec COMMAND /dev/null` gives a program a terminal'),
  unless('is_interactive', 'stdin is /dev/null'),
  {
    names: ['is_foreground'],
    verdict: 'changed',
    became: 'autostart: false',
    why: 'it is defined and not started: it wants a terminal of its own',
    read: (v, { process }) => {
      if (!v.flag()) return SILENT_OFF
      process.autostart = false
      return undefined
    },
  },
  unless('is_elevated', 'ptrack does not ask for a password; run the daemon as root and use user'),
  row('success_exit_codes', 'okExit', (v, { process }) => {
    process.definition.okExit = [...new Set([0, ...v.list().map(Number)])]
  }),
  ignored('hooks such as --on stalled tell it', 'monitor_for', 'monitor_silence_threshold'),
  row('description', 'description', (v, { process }) => {
    process.definition.description = v.text()
  }),
  ignored('write the fields of the other process in', 'extends'),
  ignored('ptrack is no MCP server', 'mcp'),
  ignored('means nothing in a file', 'original_config', 'replica_num', 'replica_name', 'executable', 'args', 'name'),
  { names: ['x-*'], verdict: 'kept', became: null, why: 'for whom it concerns; not read' },
]

/** A regular expression where it is one, else the very words. */
function logPattern(text: string): string {
  try {
    new RegExp(text)
    return text
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  }
}
