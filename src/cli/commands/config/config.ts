/** config: preferences kept by conf in the XDG config directory; only the CLI reads them. */

import { resolve } from 'node:path'
import Conf from 'conf'
import { parseDuration } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { integer } from '../../input/parse.ts'
import { COLUMN_KEYS, isColumnKey } from '../../output/render-list.ts'
import { configDirectory } from '../../preferences.ts'

interface Key {
  summary: string
  /** What holds unless it is set. */
  standard: string
  parse: (text: string, context: Context) => unknown
}

const KEYS: Record<string, Key> = {
  home: {
    summary: 'directory of the daemon and its files',
    standard: 'PTRACK_HOME, or the XDG state directory',
    parse: (text, context) => resolve(context.io.cwd, text),
  },
  color: {
    summary: 'auto | always | never',
    standard: 'auto',
    parse: (text) => {
      if (!['auto', 'always', 'never'].includes(text))
        throw new PtrackError('USAGE', `cannot set color to ${JSON.stringify(text)}: it is none of auto, always, never`)
      return text
    },
  },
  'ls.columns': {
    summary: `columns of ls, with commas: ${COLUMN_KEYS.join(',')}`,
    standard: 'name,type,status,health,pid,uptime,restarts,cpu,mem,ports',
    parse: (text) => {
      const columns = text.split(',').map((one) => one.trim())
      const wrong = columns.find((one) => !isColumnKey(one))
      if (wrong !== undefined)
        throw new PtrackError('USAGE', `cannot set ls.columns: there is no column ${JSON.stringify(wrong)}`, {
          hint: `columns: ${COLUMN_KEYS.join(', ')}`,
        })
      return columns
    },
  },
  monitorInterval: {
    summary: 'how often the monitor of a daemon that is started from now on looks at every process',
    standard: '3s',
    parse: (text) => {
      const ms = parseDuration(text)
      if (ms === null || ms < 500 || ms > 600_000)
        throw new PtrackError('USAGE', `cannot set monitorInterval to ${JSON.stringify(text)}: it is no time from 0.5s to 10m`)
      return text
    },
  },
  'logs.lines': { summary: 'lines that logs shows unless told', standard: '20', parse: integer('logs.lines', 0, 1_000_000) },
}

export function openPreferences(context: Context): Conf<Record<string, unknown>> {
  const directory = configDirectory(context.io.env)
  try {
    return new Conf<Record<string, unknown>>({
      projectName: 'ptrack',
      cwd: directory,
      configName: 'config',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: true,
    })
  } catch (cause) {
    throw new PtrackError(
      'BAD_FILE',
      `cannot read the preferences in ${directory}/config.json: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'correct or remove that file',
        cause,
      },
    )
  }
}

function keyOf(name: string): Key {
  const key = KEYS[name]
  if (!key)
    throw new PtrackError('USAGE', `cannot find the preference ${JSON.stringify(name)}: there is none of that name`, {
      hint: `one of ${Object.keys(KEYS).join(', ')}`,
    })
  return key
}

const words = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value))

export function configGet(context: Context, name: string): number {
  const key = keyOf(name)
  const value = openPreferences(context).get(name)
  if (context.json) context.printJson({ [name]: value ?? null })
  else if (value === undefined) context.note(`${name} is not set; ${key.standard} holds`)
  else context.print(words(value))
  return 0
}

export function configSet(context: Context, name: string, text: string): number {
  const key = keyOf(name)
  const store = openPreferences(context)
  if (text === 'default') store.delete(name)
  else store.set(name, key.parse(text, context))
  const value = store.get(name)
  if (context.json) context.printJson({ [name]: value ?? null })
  else context.print(value === undefined ? `${name} is back to ${key.standard}` : `${name} is ${words(value)}`)
  return 0
}

export function configList(context: Context): number {
  const store = openPreferences(context)
  if (context.json) context.printJson(Object.fromEntries(Object.keys(KEYS).map((name) => [name, store.get(name) ?? null])))
  else {
    for (const [name, key] of Object.entries(KEYS)) {
      const value = store.get(name)
      context.print(`${name.padEnd(15)} ${value === undefined ? context.style.dim(`${key.standard} (not set)`) : words(value)}`)
    }
    context.note(`kept in ${store.path}`)
  }
  return 0
}
