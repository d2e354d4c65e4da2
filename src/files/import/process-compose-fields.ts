/** The fields of a process in process-compose YAML, named as in its JSON schema. */
import { resolve } from 'node:path'
import { type Field, isRecord, type Value } from './fields.ts'
import {
  type Composed,
  readAvailability,
  readLogConfiguration,
  readProbe,
  readSchedule,
  readShutdown,
  readWatch,
} from './process-compose-parts.ts'

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

const SILENT_OFF = { verdict: 'kept', became: null, why: 'off, as in ptrack' } as const
const unless = (name: string, why: string): Row => ({
  names: [name],
  verdict: 'ignored',
  became: null,
  why,
  read: (v) => (v.raw === false ? SILENT_OFF : undefined),
})

const readTerminal: Row['read'] = (v, { process }) => {
  if (v.flag()) process.definition.tty = true
  return undefined
}

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
    state.envFile = v.text()
  }),
  row('is_dotenv_disabled', null, () => undefined),
  row('vars', '{{.NAME}} filled in', (v) => void v.record()),
  row('is_template_disabled', 'command as it stands', () => undefined),
  {
    names: ['depends_on'],
    verdict: 'kept',
    became: 'after',
    why: 'process_started: started; process_healthy: healthy; process_completed_successfully: done; process_completed: ended; process_log_ready: healthy by its log',
    read: (v, state) => {
      state.after = Object.keys(v.record()).map((name) => {
        const one = v.inner(name)
        const condition = isRecord(one.raw) && one.raw.condition !== undefined ? one.inner('condition').text() : 'process_started'
        return { name, condition }
      })
      return { why: null }
    },
  },
  { names: ['availability'], verdict: 'kept', became: 'restart, critical', why: null, read: readAvailability },
  { names: ['readiness_probe'], verdict: 'kept', became: 'health', why: null, read: readProbe },
  ignored('there it is for is_daemon alone; a readiness_probe is checked as long as the process lives', 'liveness_probe'),
  row('ready_log_line', 'health: log', (v, state) => {
    state.readyLogLine = logPattern(v.text())
  }),
  {
    names: ['shutdown'],
    verdict: 'kept',
    became: 'stopSignal, stopTimeout, stopScope, preStop',
    why: 'the stop signal follows its command',
    read: readShutdown,
  },
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
  row('replicas', 'instances', () => undefined, 'NAME:0, NAME:1, ...; NAME means all of them'),
  row('namespace', 'tag', (v, { process }) => {
    process.definition.tags = v.list()
  }),
  { names: ['schedule'], verdict: 'kept', became: 'cron', why: null, read: readSchedule },
  {
    names: ['watch'],
    verdict: 'changed',
    became: 'watchFiles',
    why: 'changes are gathered for 300 ms',
    read: readWatch,
  },
  row(
    'log_location',
    'outFile, errFile',
    (v, state) => {
      state.logLocation = v.text()
    },
    'the lines as they are written, rotated there',
  ),
  row('log_configuration', 'logMax, logKeep', readLogConfiguration, 'of its rotation'),
  ignored(OWN_LOGS, 'truncate_log', 'disable_ansi_colors'),
  row('is_tty', 'tty', readTerminal, '`ptrack attach NAME` shows it'),
  row('is_interactive', 'tty', readTerminal, '`ptrack attach NAME` shows it'),
  {
    names: ['is_foreground'],
    verdict: 'kept',
    became: 'tty, autostart: false',
    why: '`ptrack start NAME`, then `ptrack attach NAME`',
    read: (v, state) => {
      if (!v.flag()) return SILENT_OFF
      state.process.autostart = false
      state.process.definition.tty = true
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
  row('extends', 'the fields of the other process', () => undefined),
  ignored('it is of the server that process-compose is itself; `ptrack mcp` serves agents', 'mcp'),
  ignored('means nothing in a file', 'original_config', 'replica_num', 'replica_name', 'executable', 'args', 'name'),
  { names: ['x-*'], verdict: 'kept', became: null, why: 'for whom it concerns; not read' },
]

/** A regular expression if valid, else literal text. */
function logPattern(text: string): string {
  try {
    new RegExp(text)
    return text
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  }
}
