/**
 * Preferences that `ptrack config` writes. The writing side uses conf, which takes 50 ms to load; reading is one small file,
 * so every other command reads it here, tolerantly: a broken preference must not break `ptrack stop`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ColorPreference } from './style.ts'

export interface Preferences {
  home?: string
  color?: ColorPreference
  lsColumns?: string[]
  logsLines?: number
  /** A duration, for the daemons that are started from here. */
  monitorInterval?: string
  /** The daemon that commands talk to; absent = the one of this machine. */
  context?: string
  contexts: Record<string, StoredContext>
}

/** As `ptrack context use` keeps it. */
export interface StoredContext {
  url: string
  token: string | null
}

export const configDirectory = (env: Record<string, string | undefined>): string =>
  join(env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config'), 'ptrack')

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function readPreferences(env: Record<string, string | undefined>): Preferences {
  const file = join(configDirectory(env), 'config.json')
  if (!existsSync(file)) return { contexts: {} }
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // `ptrack doctor` and `ptrack config` say what is wrong with it; other commands go on with the defaults.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return { contexts: {} }
    throw error
  }
  if (!isObject(raw)) return { contexts: {} }
  const { home, color, ls, logs, context, monitorInterval } = raw
  const columns = isObject(ls) ? ls.columns : undefined
  const lines = isObject(logs) ? logs.lines : undefined
  return {
    contexts: storedContexts(raw.contexts),
    ...(typeof context === 'string' && context !== '' ? { context } : {}),
    ...(typeof monitorInterval === 'string' ? { monitorInterval } : {}),
    ...(typeof home === 'string' && home !== '' ? { home } : {}),
    ...(color === 'auto' || color === 'always' || color === 'never' ? { color } : {}),
    ...(Array.isArray(columns) && columns.every((one) => typeof one === 'string') && columns.length > 0
      ? { lsColumns: columns as string[] }
      : {}),
    ...(typeof lines === 'number' && Number.isInteger(lines) && lines >= 0 ? { logsLines: lines } : {}),
  }
}

export function storedContexts(raw: unknown): Record<string, StoredContext> {
  if (!isObject(raw)) return {}
  const found: [string, StoredContext][] = []
  for (const [name, value] of Object.entries(raw))
    if (isObject(value) && typeof value.url === 'string')
      found.push([name, { url: value.url, token: typeof value.token === 'string' ? value.token : null }])
  return Object.fromEntries(found)
}
