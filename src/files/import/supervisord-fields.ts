/** The options of a supervisord [program:x], as its documentation names them. */
import { resolve } from 'node:path'
import { parseSize } from '../../protocol/duration.ts'
import { NOWHERE } from '../../protocol/log-files.ts'
import { SIGNALS } from '../../protocol/names.ts'
import type { FileProcess } from '../file-process.ts'
import type { Field, Value } from './fields.ts'
import { shellWords } from './split-words.ts'

export interface Program {
  process: FileProcess
  cwd: string
  /** With everything in it expanded. */
  priority: number
  autorestart: 'true' | 'false' | 'unexpected'
  exitcodes: number[]
  /** As written and expanded; null = AUTO, which is a place of its own. */
  logs: { out: string | null; err: string | null; merged: boolean }
}

type Row = Field<Program>
const ignored = (why: string, ...names: [string, ...string[]]): Row => ({ names, verdict: 'ignored', became: null, why })
const OWN_LOGS = 'ptrack keeps the logs of every process itself; `ptrack logs NAME` shows them'
const OFF = { verdict: 'kept', became: null, why: 'off' } as const
const ONE_LIMIT = 'both streams have one limit: that of stdout'
const NEVER_BYTES = 1024 ** 4
const SMALLEST_BYTES = 65_536
/** Its place is known once both fields are read: see supervisord-logs.ts. */
const logFile = (name: string, became: string, key: 'out' | 'err'): Row => ({
  names: [name],
  verdict: 'kept',
  became,
  why: 'rotated there',
  read: (v, program) => {
    const text = v.text().trim()
    if (text.toUpperCase() === 'AUTO') return { became: null, why: 'a place of its own' }
    if (text === 'syslog') return { verdict: 'ignored', became: null, why: OWN_LOGS }
    program.logs[key] = /^(none|off|)$/i.test(text) ? NOWHERE : text
    return undefined
  },
})
const TREE = { verdict: 'changed', became: 'stop', why: 'a stop always reaches the whole tree' } as const

/** `A="b c",B=d`: commas separate, quotes protect them. */
export function supervisorEnv(text: string, at: string): Record<string, string> {
  const env: Record<string, string> = {}
  const pair = /\s*([^=,\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^,]*)\s*(?:,|$)/gy
  while (pair.lastIndex < text.length && text.slice(pair.lastIndex).trim() !== '') {
    const [, key, value] = pair.exec(text) ?? []
    if (key === undefined || value === undefined) throw new TypeError(`${at}: ${text}`)
    env[key] = /^["']/.test(value) ? (shellWords(value, at)[0] ?? '') : value.trim()
  }
  return env
}

const signal = (value: Value): (typeof SIGNALS)[number] => {
  const name = SIGNALS.find((one) => one === `SIG${value.text().toUpperCase().replace(/^SIG/, '')}`)
  if (name === undefined) throw value.fail('a signal that ptrack sends')
  return name
}

export const SUPERVISORD_FIELDS: readonly Row[] = [
  {
    names: ['command'],
    verdict: 'kept',
    became: 'command',
    why: null,
    read: (v, program) => {
      program.process.definition.command = shellWords(v.text(), v.at)
      if (program.process.definition.command.length === 0) throw v.fail('a command')
    },
  },
  { names: ['process_name'], verdict: 'kept', became: 'name', why: 'the name of each where numprocs is over 1' },
  { names: ['numprocs'], verdict: 'kept', became: 'instances', why: 'each has a name and a command of its own' },
  { names: ['numprocs_start'], verdict: 'kept', became: 'process_num of the first', why: null },
  {
    names: ['priority'],
    verdict: 'changed',
    became: 'order of the start',
    why: 'lower ones are started first; `--after` waits for one, which priority never did',
    read: (v, program) => {
      program.priority = v.number()
    },
  },
  {
    names: ['autostart'],
    verdict: 'kept',
    became: 'autostart',
    why: null,
    read: (v, program) => {
      program.process.autostart = v.flag()
    },
  },
  {
    names: ['startsecs'],
    verdict: 'ignored',
    became: null,
    why: 'a service runs as soon as it is spawned, or by its port or health check',
  },
  {
    names: ['startretries'],
    verdict: 'changed',
    became: 'maxRestarts',
    why: 'counts every failure inside 10 minutes, not only those before startsecs',
    read: (v, program) => {
      program.process.definition.maxRestarts = v.number()
    },
  },
  {
    names: ['autorestart'],
    verdict: 'kept',
    became: 'restart',
    why: 'true: always; unexpected: on-failure; false: never',
    read: (v, program) => {
      program.autorestart = v.text().toLowerCase() === 'unexpected' ? 'unexpected' : v.flag() ? 'true' : 'false'
    },
  },
  {
    names: ['exitcodes'],
    verdict: 'kept',
    became: 'okExit',
    why: null,
    read: (v, program) => {
      program.exitcodes = v
        .text()
        .split(',')
        .filter((code) => code.trim() !== '')
        .map((code) => (/^\s*\d+\s*$/.test(code) ? Number(code) : Number.NaN))
      if (program.exitcodes.some(Number.isNaN)) throw v.fail('a list of exit codes such as 0,2')
    },
  },
  {
    names: ['stopsignal'],
    verdict: 'kept',
    became: 'stopSignal',
    why: null,
    read: (v, program) => {
      program.process.definition.stopSignal = signal(v)
    },
  },
  {
    names: ['stopwaitsecs'],
    verdict: 'kept',
    became: 'stopTimeout',
    why: null,
    read: (v, program) => {
      program.process.definition.stopTimeoutMs = Math.round(v.number() * 1000)
    },
  },
  {
    names: ['stopasgroup'],
    verdict: 'kept',
    became: 'stop',
    why: 'a stop always reaches the whole tree',
    read: (v) => (v.flag() ? {} : TREE),
  },
  {
    names: ['killasgroup'],
    verdict: 'kept',
    became: 'stop',
    why: 'a stop always reaches the whole tree',
    read: (v) => (v.flag() ? {} : TREE),
  },
  {
    names: ['user'],
    verdict: 'changed',
    became: 'user',
    why: 'needs root; HOME, USER and LOGNAME become those of the user, which supervisord leaves as they are',
    read: (v, program) => {
      program.process.definition.user = v.text()
    },
  },
  {
    names: ['redirect_stderr'],
    verdict: 'kept',
    became: 'errFile',
    why: 'the file of stdout',
    read: (v, program) => {
      program.logs.merged = v.flag()
      return program.logs.merged ? undefined : OFF
    },
  },
  logFile('stdout_logfile', 'outFile', 'out'),
  logFile('stderr_logfile', 'errFile', 'err'),
  {
    names: ['stdout_logfile_maxbytes'],
    verdict: 'kept',
    became: 'logMax',
    why: 'of both streams',
    read: (v, program) => {
      const bytes = parseSize(v.text())
      if (bytes === null) throw v.fail('a size such as 50MB')
      program.process.definition.logMaxBytes = bytes === 0 ? NEVER_BYTES : Math.max(SMALLEST_BYTES, bytes)
      if (bytes === 0) return { verdict: 'changed', became: 'logMax: 1T', why: 'never rotated there, and hardly ever here' }
      return bytes < SMALLEST_BYTES ? { verdict: 'changed', became: 'logMax: 64k', why: 'the smallest there is' } : undefined
    },
  },
  {
    names: ['stdout_logfile_backups'],
    verdict: 'kept',
    became: 'logKeep',
    why: 'of both streams',
    read: (v, program) => {
      program.process.definition.logKeep = v.number()
    },
  },
  ignored(OWN_LOGS, 'stdout_capture_maxbytes', 'stderr_capture_maxbytes'),
  ignored(OWN_LOGS, 'stdout_events_enabled', 'stdout_syslog', 'stderr_events_enabled', 'stderr_syslog'),
  ignored(ONE_LIMIT, 'stderr_logfile_maxbytes', 'stderr_logfile_backups'),
  {
    names: ['environment'],
    verdict: 'kept',
    became: 'env',
    why: null,
    read: (v, program) => {
      try {
        Object.assign(program.process.env, supervisorEnv(v.text(), v.at))
      } catch (error) {
        if (error instanceof TypeError) throw v.fail('KEY="value",KEY2="value"')
        throw error
      }
    },
  },
  {
    names: ['directory'],
    verdict: 'kept',
    became: 'cwd',
    why: null,
    read: (v, program) => {
      program.process.definition.cwd = resolve(program.cwd, v.text())
    },
  },
  {
    names: ['umask'],
    verdict: 'kept',
    became: 'umask',
    why: null,
    read: (v, program) => {
      if (!/^[0-7]{1,4}$/.test(v.text())) throw v.fail('an octal umask such as 022')
      program.process.definition.umask = v.text()
    },
  },
  ignored('supervisor is not there to be asked', 'serverurl'),
]
