/** The fields of process-compose with fields of their own: probes, stops, restarts, schedules and watches. */
import { constants } from 'node:os'
import { resolve } from 'node:path'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { SIGNALS } from '../../protocol/names.ts'
import { joinWords } from '../../protocol/shell-words.ts'
import type { FieldNote, FileProcess } from '../file-process.ts'
import { type Field, isRecord, Value } from './fields.ts'
import { logTo, perInstance } from './log-files.ts'
import type { ImportWorld } from './world.ts'

export type Condition = NonNullable<DefinitionInput['after']>[number]['condition']

export interface Composed {
  /** Its name in the file, and that of this replica there: `web-0`. */
  written: string
  replica: string
  process: FileProcess
  world: ImportWorld
  shell: string[]
  restart: 'no' | 'always' | 'on_failure' | 'exit_on_failure'
  maxRestarts: number
  /** null = absent; 1 in process-compose. */
  backoffSeconds: number | null
  readyLogLine: string | null
  envFile: string | null
  ownEnv: Record<string, string>
  entrypoint: string[] | null
  command: string | null
  after: { name: string; condition: string }[]
  cron: string | null
  logLocation: string | null
}

type Outcome = ReturnType<NonNullable<Field<Composed>['read']>>

const TREE = 'a stop is a signal to the whole tree'
const OTHERS = 'the others go on when one ends'

/** Keys inside a field without a counterpart: each is reported. */
export const LOST_PARTS = {
  readiness_probe: { 'http_get.headers': 'the probe sends none' },
  availability: { exit_on_skipped: OTHERS },
  shutdown: { send_keys: TREE },
  schedule: {
    timezone: 'the times are those of the time zone of the daemon; `TZ=ZONE ptrack daemon restart` sets it',
    run_on_start: 'it runs at its times only; `ptrack start NAME` runs it at once',
    max_concurrent: 'one run at a time; the next is left out while it lasts',
  },
  log_configuration: {
    'rotation.max_age_days': 'archives go by their number',
    'rotation.compress': 'archives are compressed',
    'rotation.directory': 'archives lie beside the log',
    'rotation.filename': 'log_location names the file',
  },
  watch: {
    debounce: 'changes are gathered for 300 ms',
    cascade: 'who waits for it is not restarted with it',
    disable_default_excludes: 'node_modules, .git and the like are watched only where a glob names them',
  },
} as const satisfies Record<string, Record<string, string>>

const leftOut = (
  raw: Record<string, unknown>,
  read: readonly string[],
  why: Readonly<Record<string, string>>,
  prefix = '',
): { field: string; why: string }[] =>
  Object.keys(raw)
    .filter((key) => !read.includes(key) && raw[key] !== null && raw[key] !== false)
    .map((key) => ({ field: prefix + key, why: why[prefix + key] ?? 'unknown field' }))

export function readProbe(value: Value, state: Composed): Outcome {
  const { definition } = state.process
  const raw = value.record()
  const ms = (key: string): number | undefined => (raw[key] === undefined ? undefined : value.inner(key).number() * 1000)
  const times = ['initial_delay_seconds', 'period_seconds', 'timeout_seconds', 'success_threshold', 'failure_threshold']
  const parts = leftOut(raw, ['exec', 'http_get', ...times], {})
  let why: string | null = null
  if (isRecord(raw.exec)) {
    const exec = value.inner('exec')
    const command = exec.inner('command').text()
    const { working_dir: directory } = raw.exec
    definition.health = {
      kind: 'exec',
      command: directory === undefined ? command : `cd ${joinWords([exec.inner('working_dir').text()])} && { ${command}\n}`,
    }
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
    const read = ['scheme', 'host', 'port', 'num_port', 'path', 'status_code']
    parts.push(...leftOut(get, read, LOST_PARTS.readiness_probe, 'http_get.'))
    why = get.status_code === undefined || get.status_code === 200 ? null : 'any answer from 200 to 399 is good'
  } else throw value.fail('a probe with exec or http_get')
  definition.healthPeriodMs = Math.max(100, ms('period_seconds') ?? 10_000)
  definition.healthTimeoutMs = Math.max(10, ms('timeout_seconds') ?? 1000)
  definition.healthFailures = raw.failure_threshold === undefined ? 3 : Math.max(1, value.inner('failure_threshold').number())
  definition.restartUnhealthy = true
  // There it restarts after this many failed probes, even if it never passed; here when it is not ready in time.
  const checkMs = Math.max(definition.healthPeriodMs, definition.healthTimeoutMs)
  definition.readyTimeoutMs = (ms('initial_delay_seconds') ?? 0) + checkMs * definition.healthFailures
  return { parts, ...(why === null ? {} : { verdict: 'changed', why }) }
}

export function readShutdown(value: Value, { process: { definition } }: Composed): Outcome {
  const raw = value.record()
  if (raw.signal !== undefined) {
    const number = value.inner('signal').number(1)
    const name = SIGNALS.find((one) => constants.signals[one] === number)
    if (name === undefined) throw value.fail('a signal that ptrack sends')
    definition.stopSignal = name
  }
  if (raw.timeout_seconds !== undefined) definition.stopTimeoutMs = value.inner('timeout_seconds').number() * 1000
  if (raw.parent_only === true) definition.stopScope = 'main'
  if (raw.command !== undefined) definition.preStop = value.inner('command').text()
  return { parts: leftOut(raw, ['signal', 'timeout_seconds', 'parent_only', 'command'], LOST_PARTS.shutdown) }
}

/** Its meaning depends on the kind, which the whole file decides: see `availabilityNote`. */
export function readAvailability(value: Value, state: Composed): Outcome {
  const raw = value.record()
  // YAML 1.1 reads a bare `no` as false.
  if (raw.restart !== undefined) {
    const text = raw.restart === false ? 'no' : value.inner('restart').text().replaceAll('-', '_')
    if (text !== 'no' && text !== 'always' && text !== 'on_failure' && text !== 'exit_on_failure')
      throw value.inner('restart').fail('no, always, on_failure or exit_on_failure')
    state.restart = text
  }
  if (raw.max_restarts !== undefined) state.maxRestarts = value.inner('max_restarts').number()
  if (raw.backoff_seconds !== undefined) state.backoffSeconds = value.inner('backoff_seconds').number()
  if (raw.exit_on_end === true) state.process.definition.critical = true
  return { parts: leftOut(raw, ['restart', 'max_restarts', 'backoff_seconds', 'exit_on_end'], LOST_PARTS.availability) }
}

/** How `availability` differs here; null = it means the same. */
export function availabilityNote({ restart, maxRestarts, process: { definition } }: Composed): string | null {
  const lost: string[] = []
  if (definition.critical) lost.push('the others end with it in `ptrack runtime` only')
  // A job is critical only if its success, too, is to end all.
  if (restart === 'exit_on_failure')
    lost.push(definition.kind === 'job' ? 'one that fails does not end the others' : 'they do so when it ends well, too')
  if (definition.kind === 'service' && maxRestarts > 0) lost.push('max_restarts counts failures inside 10 minutes')
  return lost.length === 0 ? null : lost.join('; ')
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

export function readSchedule(value: Value, state: Composed): Outcome {
  const raw = value.record()
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const kept = ['cron', 'interval']
  if (raw.max_concurrent === 1) kept.push('max_concurrent')
  if (raw.timezone === here || raw.timezone === 'Local' || raw.timezone === '') kept.push('timezone')
  const parts = leftOut(raw, kept, LOST_PARTS.schedule)
  if (raw.cron !== undefined && raw.cron !== '') {
    state.cron = value.inner('cron').text()
    return { parts, became: `cron: ${state.cron}` }
  }
  if (raw.interval === undefined) throw value.fail('a schedule with cron or interval')
  state.cron = intervalCron(value.inner('interval').text())
  if (state.cron === null) return { verdict: 'ignored', became: null, why: 'this interval is no cron line; write one' }
  return { parts, verdict: 'changed', became: `cron: ${state.cron}`, why: 'at even times of the clock' }
}

export function readWatch(value: Value, { process }: Composed): Outcome {
  const raw = value.record()
  const { paths } = raw
  if (!Array.isArray(paths)) throw value.fail('a watch with paths')
  const kept = ['paths', 'max_entries', 'buffer_size', ...(raw.debounce === '300ms' ? ['debounce'] : [])]
  const parts = leftOut(raw, kept, LOST_PARTS.watch)
  process.definition.watchFiles = paths.flatMap((one) => {
    const entry = new Value(one, value.at, 'paths')
    const base = entry.inner('path').text().replace(/\/+$/, '')
    const include = isRecord(one) && one.include !== undefined ? entry.inner('include').list() : ['**']
    const exclude = isRecord(one) && one.exclude !== undefined ? entry.inner('exclude').list() : []
    const from = (glob: string): string => (base === '.' || base === '' ? glob : `${base}/${glob}`)
    return [...include.map(from), ...exclude.map((glob) => `!${from(glob)}`)]
  })
  return { parts }
}

/** The rest is about how lines are written, which ptrack leaves as they are. */
export function readLogConfiguration(value: Value, { process: { definition } }: Composed): Outcome {
  const raw = value.record()
  const others = Object.keys(raw)
    .filter((key) => key !== 'rotation')
    .map((field) => ({ field, why: 'lines are kept as they are written' }))
  if (!isRecord(raw.rotation)) return { verdict: 'ignored', became: null, why: null, parts: others }
  const rotation = value.inner('rotation')
  if (raw.rotation.max_size_mb !== undefined)
    definition.logMaxBytes = Math.max(65_536, Math.round(rotation.inner('max_size_mb').number() * 1024 ** 2))
  if (raw.rotation.max_backups !== undefined) definition.logKeep = rotation.inner('max_backups').number()
  const lost = leftOut(raw.rotation, ['max_size_mb', 'max_backups'], LOST_PARTS.log_configuration, 'rotation.')
  return { parts: [...lost, ...others] }
}

/** Once the directory of the import and the number of replicas are known. */
export function placeLog(state: Composed, replicas: number, note: (field: string, change: Partial<FieldNote>) => void): void {
  if (state.logLocation === null) return
  const { process, world } = state
  const written = state.logLocation.replace(/\{(\{-?\s*\.)?PC_REPLICA_NUM(\s*-?\})?\}/g, '{instance}')
  if (/\{\{/.test(written))
    return note('log_location', { verdict: 'ignored', became: null, why: 'only PC_REPLICA_NUM is filled in' })
  const file = resolve(world.cwd, written)
  const isApart = replicas === 1 || file.includes('{instance}')
  const own = isApart ? file : perInstance(file)
  const why = isApart ? {} : { verdict: 'changed' as const, why: 'a file for each replica' }
  note('log_location', { became: `outFile, errFile: ${own}`, ...why, ...logTo(process, ['outFile', 'errFile'], own, world) })
}
