/** Preferences, written by `ptrack config` with conf (50 ms to load); read here, tolerantly: they must not break a command. */
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseDuration } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import { userHome } from '../protocol/socket-path.ts'
import { integer } from './input/parse.ts'
import { COLUMN_KEYS, DEFAULT_COLUMNS, isColumnKey } from './output/render-list.ts'
import type { ColorPreference } from './output/style.ts'

export interface Preference {
  about: string
  usual: string
  /** Throws USAGE. */
  parse(text: string, cwd: string): unknown
  /** Checks a stored value; an invalid one counts as unset. */
  accepts(value: unknown): boolean
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const COLORS: readonly unknown[] = ['auto', 'always', 'never'] satisfies ColorPreference[]

export const PREFERENCES = {
  home: {
    about: 'directory of the daemon and its files',
    usual: 'PTRACK_HOME, or the XDG state directory',
    parse: (text, cwd) => resolve(cwd, text),
    accepts: isText,
  },
  color: {
    about: 'auto | always | never',
    usual: 'auto',
    parse: (text) => {
      if (!COLORS.includes(text))
        throw new PtrackError('USAGE', `cannot set color to ${JSON.stringify(text)}: it is none of ${COLORS.join(', ')}`)
      return text
    },
    accepts: (value) => COLORS.includes(value),
  },
  'ls.columns': {
    about: 'columns of ls, with commas',
    usual: DEFAULT_COLUMNS.join(','),
    parse: (text) => {
      const columns = text.split(',').map((one) => one.trim())
      const wrong = columns.find((one) => !isColumnKey(one))
      if (wrong !== undefined)
        throw new PtrackError('USAGE', `cannot set ls.columns: there is no column ${JSON.stringify(wrong)}`, {
          hint: `columns: ${COLUMN_KEYS.join(', ')}`,
        })
      return columns
    },
    accepts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string') && value.length > 0,
  },
  monitorInterval: {
    about: 'how often the monitor of a daemon that is started from now on looks at every process',
    usual: '3s',
    parse: (text) => {
      const ms = parseDuration(text)
      if (ms === null || ms < 500 || ms > 600_000)
        throw new PtrackError('USAGE', `cannot set monitorInterval to ${JSON.stringify(text)}: it is no time from 0.5s to 10m`)
      return text
    },
    accepts: (value) => typeof value === 'string',
  },
  'logs.lines': {
    about: 'lines that logs shows unless told',
    usual: '20',
    parse: integer('logs.lines', 0, 1_000_000),
    accepts: (value) => Number.isInteger(value) && (value as number) >= 0,
  },
} as const satisfies Record<string, Preference>

export interface Preferences {
  home?: string
  color?: ColorPreference
  'ls.columns'?: string[]
  'logs.lines'?: number
  /** A duration, for daemons started from here. */
  monitorInterval?: string
  /** The daemon that commands talk to; absent = this machine's. */
  context?: string
  contexts: Record<string, StoredContext>
}

export interface StoredContext {
  url: string
  token: string | null
}

export const configDirectory = (env: Record<string, string | undefined>): string =>
  join(env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(userHome(env), '.config'), 'ptrack')

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function readPreferences(env: Record<string, string | undefined>): Preferences {
  const file = join(configDirectory(env), 'config.json')
  // A FIFO at its place would hold up every command.
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return { contexts: {} }
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // `ptrack doctor` and `ptrack config` report it; other commands use the defaults.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return { contexts: {} }
    throw error
  }
  if (!isObject(raw)) return { contexts: {} }
  const found: Record<string, unknown> = {}
  for (const [key, { accepts }] of Object.entries<Preference>(PREFERENCES)) {
    const value = key.split('.').reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), raw)
    if (accepts(value)) found[key] = value
  }
  if (isText(raw.context)) found.context = raw.context
  return { ...found, contexts: storedContexts(raw.contexts) }
}

export function storedContexts(raw: unknown): Record<string, StoredContext> {
  if (!isObject(raw)) return {}
  const found: [string, StoredContext][] = []
  for (const [name, value] of Object.entries(raw))
    if (isObject(value) && typeof value.url === 'string')
      found.push([name, { url: value.url, token: typeof value.token === 'string' ? value.token : null }])
  return Object.fromEntries(found)
}
