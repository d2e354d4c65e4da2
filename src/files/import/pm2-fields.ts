/** The fields of a pm2 ecosystem file, named as in pm2's lib/API/schema.json. */
import { resolve } from 'node:path'
import { parseSize } from '../../protocol/duration.ts'
import type { Field } from './fields.ts'
import { BOTH, ERR, OUT } from './pm2-logs.ts'
import { type Pm2App, pm2Duration, pm2Env, watchGlob, words } from './pm2-values.ts'

type Row = Field<Pm2App>
const set = (field: string, verdict: Row['verdict'], why: string | null, read: NonNullable<Row['read']>): Omit<Row, 'names'> => ({
  verdict,
  became: field,
  why,
  read,
})
const ignored = (why: string, ...names: [string, ...string[]]): Row => ({ names, verdict: 'ignored', became: null, why })

const OWN_BACKOFF = 'the pauses grow as they always do: none, then 100 ms doubling to 60 s; pm2 begins with this one, up to 15 s'
/** Of `restartDelay`. */
const SHORTEST_PAUSE_MS = 100

const OWN_LOGS = 'the path is its own: ptrack keeps the log itself'
/** Its place is known once the directory and the instances are: see pm2-logs.ts. */
const logFile = (became: string, names: readonly [string, ...string[]], key: 'out' | 'err' | 'both'): Row => ({
  names: [...names],
  ...set(became, 'kept', 'rotated there; relative to cwd', (v, app) => {
    if (typeof v.raw === 'boolean') return { verdict: 'ignored', became: null, why: OWN_LOGS }
    app.logs[key] = v.text()
    return undefined
  }),
})

/** As in pm2's own documents; a RegExp of a JavaScript file arrives as an empty object. */
const isExpression = (text: string): boolean => text.includes('\\') || text.trim() === ''

export const PM2_FIELDS: readonly Row[] = [
  {
    names: ['script', 'exec', 'cmd', 'command'],
    ...set('command', 'kept', null, (v, app) => {
      app.script = v.text()
    }),
  },
  { names: ['name'], ...set('name', 'kept', null, () => undefined) },
  { names: ['append_env_to_name'], ...set('name', 'kept', 'NAME-ENV with --env ENV', (v) => void v.flag()) },
  ignored('it is an option of `pm2 start`, which reads it from no file', 'name_prefix'),
  {
    names: ['namespace'],
    ...set('tag', 'kept', null, (v, app) => {
      // Every app of pm2 is in this namespace by default.
      if (v.text() !== 'default') app.process.definition.tags = [v.text()]
    }),
  },
  {
    names: ['cwd'],
    ...set('cwd', 'kept', 'relative to where import is called, as in pm2', (v, app) => {
      app.cwd = resolve(app.cwd, v.text())
    }),
  },
  {
    names: ['args'],
    ...set('command', 'kept', null, (v, app) => {
      app.args = words(v)
    }),
  },
  {
    names: ['interpreter', 'exec_interpreter'],
    ...set('command', 'kept', null, (v, app) => {
      app.interpreter = v.text()
      if (app.interpreter.includes('@'))
        return { verdict: 'changed', why: 'nvm is not asked for a version; give the path of that node' }

      return undefined
    }),
  },
  {
    names: ['node_args', 'interpreter_args', 'interpreterArgs'],
    ...set('command', 'kept', null, (v, app) => {
      app.nodeArgs = [...app.nodeArgs, ...words(v)]
    }),
  },
  {
    names: ['instances'],
    ...set('instances', 'kept', null, (v, app) => {
      const number = v.raw === 'max' ? 0 : v.number(-1024)
      if (!Number.isInteger(number)) throw v.fail('a whole number or "max"')
      app.instances = number > 0 ? number : Math.max(1, app.cpus + number)
      if (number <= 0)
        return {
          verdict: 'changed',
          became: `instances ${app.instances}`,
          why: `counted now: this machine has ${app.cpus} processors`,
        }

      return undefined
    }),
  },
  {
    names: ['exec_mode'],
    ...set('instances', 'kept', null, (v, app) => {
      app.mode = v.text().startsWith('cluster') ? 'cluster' : 'fork'
      return app.mode === 'cluster' ? { verdict: 'changed', why: 'one process, run by itself' } : undefined
    }),
  },
  {
    names: ['instance_var'],
    ...set('env of each instance', 'kept', null, (v, app) => {
      app.instanceVar = v.text()
    }),
  },
  {
    names: ['increment_var'],
    ...set('env of each instance', 'kept', null, (v, app) => {
      app.incrementVar = v.text()
    }),
  },
  {
    names: ['port'],
    ...set(
      'PORT and ports',
      'changed',
      'PORT is set as in pm2, and the port has to be open for the process to be healthy',
      (v, app) => {
        app.port = v.number(1)
      },
    ),
  },
  { names: ['env'], ...set('env', 'kept', null, (v, app) => void Object.assign(app.process.env, pm2Env(v))) },
  {
    names: ['env_*'],
    ...set('env', 'kept', 'merged over env by --env NAME', (v, app) => {
      if (`env_${app.envName}` !== v.field)
        return { verdict: 'changed', became: null, why: `left out; \`--env ${v.field.slice(4)}\` takes it in` }
      Object.assign(app.named, pm2Env(v))

      return undefined
    }),
  },
  {
    names: ['filter_env'],
    ...set(
      'command',
      'changed',
      'by `env -u`; a list leaves out what holds one of its texts, of the variables there are now',
      (v, app) => {
        if (typeof v.raw === 'boolean') return { verdict: 'kept', became: null, why: 'true and false do nothing in pm2' }
        app.filterEnv = Array.isArray(v.raw) ? v.list() : v.text()
        return undefined
      },
    ),
  },
  {
    names: ['watch'],
    ...set(
      'watchFiles',
      'changed',
      'globs, relative to cwd; node_modules, .git and the like are left out, other dotfiles are not',
      (v, app) => {
        if (v.raw === false) return { verdict: 'kept', became: null, why: null }
        const paths = v.raw === true || v.raw === 'true' ? ['.'] : v.list()
        app.process.definition.watchFiles = paths.map(watchGlob)
        return undefined
      },
    ),
  },
  ignored('changes are gathered for 300 ms', 'watch_delay'),
  {
    names: ['ignore_watch'],
    ...set('watchFiles', 'kept', 'globs behind a `!`; node_modules, .git and the like are left out too', (v, app) => {
      const all: unknown[] = Array.isArray(v.raw) ? v.raw : [v.raw]
      const globs = all.filter((one): one is string => typeof one === 'string' && !isExpression(one))
      app.unwatched = globs.map((glob) => glob.replace(/^\.\//, '').replace(/\/+$/, ''))
      const why = 'a regular expression; write a glob'
      if (globs.length === 0 && all.length > 0) return { verdict: 'ignored', became: null, why }
      return globs.length < all.length ? { parts: [{ field: 'RegExp', why }] } : undefined
    }),
  },
  ignored('ptrack watches in its own way', 'watch_options'),
  {
    names: ['autorestart'],
    ...set('restart', 'kept', null, (v, app) => {
      app.process.definition.restart = v.flag() ? 'always' : 'never'
      return { became: `restart: ${app.process.definition.restart}` }
    }),
  },
  {
    names: ['autostart'],
    ...set('autostart', 'kept', null, (v, app) => {
      app.process.autostart = v.flag()
    }),
  },
  {
    names: ['stop_exit_codes'],
    ...set('noRestartExit', 'kept', null, (v, app) => {
      app.process.definition.noRestartExit = (Array.isArray(v.raw) ? v.raw : [v.raw]).map(Number)
    }),
  },
  ignored('a run counts as good after 10 s; the restart delay is reset after 60 s healthy', 'min_uptime'),
  {
    names: ['max_restarts'],
    ...set('maxRestarts', 'changed', 'counts failures inside 10 minutes; pm2 counts those of short runs', (v, app) => {
      app.process.definition.maxRestarts = v.number()
    }),
  },
  {
    names: ['restart_delay'],
    ...set('restartDelay', 'kept', null, (v, app) => {
      const { ms } = pm2Duration(v)
      if (ms === 0) return { became: null, why: 'off, as in pm2' }
      app.process.definition.restartDelayMs = Math.max(SHORTEST_PAUSE_MS, ms)
      return ms < SHORTEST_PAUSE_MS
        ? { verdict: 'changed', became: 'restartDelay: 100ms', why: 'the shortest there is' }
        : undefined
    }),
  },
  {
    names: ['exp_backoff_restart_delay'],
    ...set('restart', 'changed', OWN_BACKOFF, (v, app) => {
      app.growingDelayMs = pm2Duration(v).ms
      return app.growingDelayMs === 0 ? { verdict: 'kept', became: null, why: 'off' } : undefined
    }),
  },
  {
    names: ['max_memory_restart'],
    ...set('maxMemory', 'changed', 'counts the whole tree, looked at every 3 s; pm2 counts the first process alone', (v, app) => {
      const bytes = parseSize(v.text())
      if (bytes === null) throw v.fail('a size such as 300M')
      app.process.definition.maxMemoryBytes = bytes
    }),
  },
  {
    names: ['cron_restart', 'cron'],
    ...set('cron', 'changed', 'restarted at it; a stopped one stays stopped, which pm2 does not promise', (v, app) => {
      if (v.raw === 0 || v.raw === '0') return { verdict: 'kept', became: null, why: 'switched off in the file' }
      app.process.definition.cron = v.list()[0]

      return undefined
    }),
  },
  {
    names: ['kill_timeout'],
    ...set('stopTimeout', 'kept', null, (v, app) => {
      const { ms, unitless } = pm2Duration(v)
      app.process.definition.stopTimeoutMs = ms
      if (unitless) return { verdict: 'changed', why: 'a text without a unit, taken as milliseconds' }

      return undefined
    }),
  },
  ignored('signals are repeated until the tree is gone', 'kill_retry_time'),
  {
    names: ['shutdown_with_message'],
    ...set('stopSignal', 'ignored', 'there is no message channel; SIGINT is sent', (v) => (v.flag() ? undefined : OFF)),
  },
  {
    names: ['treekill'],
    ...set('stop', 'kept', null, (v, app) => {
      if (v.flag()) return undefined
      app.process.definition.stopScope = 'main'
      return { verdict: 'changed', became: 'stopScope: main', why: 'what it leaves is ended after it' }
    }),
  },
  {
    names: ['wait_ready'],
    ...set(
      'health',
      'kept',
      "`process.send('ready')` reports it; a start that never does so has failed, in pm2 it is online",
      (v, app) => {
        if (!v.flag()) return OFF
        app.process.definition.health = { kind: 'notify' }
        return { became: 'health: notify' }
      },
    ),
  },
  {
    names: ['listen_timeout'],
    ...set('readyTimeout', 'kept', 'the time to become ready; 30 s unless the file says another', (v, app) => {
      app.process.definition.readyTimeoutMs = pm2Duration(v).ms
    }),
  },
  logFile('outFile', OUT, 'out'),
  logFile('errFile', ERR, 'err'),
  logFile('outFile, errFile', BOTH, 'both'),
  {
    names: ['merge_logs', 'combine_logs'],
    ...set('outFile, errFile', 'kept', 'else each instance has a file of its own', (v, app) => {
      app.logs.merged = v.flag()
      return { became: null }
    }),
  },
  {
    names: ['disable_logs'],
    ...set('outFile, errFile: /dev/null', 'kept', null, (v, app) => {
      app.logs.disabled = v.flag()
      return app.logs.disabled ? undefined : OFF
    }),
  },
  ignored('lines are kept as they are written', 'log_type'),
  ignored('`ptrack logs --timestamps` shows the times', 'log_date_format', 'time'),
  ignored('`ptrack show NAME --json` tells the pid', 'pid_file', 'pid'),
  {
    names: ['uid', 'user'],
    ...set('user', 'kept', 'needs root', (v, app) => {
      app.process.definition.user = v.text()
    }),
  },
  {
    names: ['gid'],
    ...set('group', 'kept', 'needs root', (v, app) => {
      app.process.definition.group = v.text()
    }),
  },
  ignored('names tell processes apart, so a script may be used twice', 'force'),
  {
    names: ['source_map_support'],
    ...set('command', 'changed', 'by the flag of node', (v, app) => {
      if (!v.flag()) return OFF
      app.nodeArgs = ['--enable-source-maps', ...app.nodeArgs]
      return { became: '--enable-source-maps' }
    }),
  },
  ignored('source maps are off unless asked for', 'disable_source_map_support'),
  ignored(
    'nothing of pm2 is loaded into the program',
    'pmx',
    'automation',
    'trace',
    'disable_trace',
    'v8',
    'event_loop_inspector',
  ),
  ignored('nothing of pm2 is loaded into the program', 'deep_monitoring', 'io', 'instrument'),
  ignored('ptrack does not look at version control', 'vizion', 'post_update', 'versioning'),
  ignored('means nothing outside pm2', 'install_url', 'write', 'windowsHide', 'execute_command', 'username'),
]

const OFF = { verdict: 'kept', became: null, why: 'off, as in ptrack' } as const
