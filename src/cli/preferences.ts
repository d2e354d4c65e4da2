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
}

export const configDirectory = (env: Record<string, string | undefined>): string =>
  join(env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config'), 'ptrack')

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export function readPreferences(env: Record<string, string | undefined>): Preferences {
  const file = join(configDirectory(env), 'config.json')
  if (!existsSync(file)) return {}
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // `ptrack doctor` and `ptrack config` say what is wrong with it; other commands go on with the defaults.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return {}
    throw error
  }
  if (!isObject(raw)) return {}
  const { home, color, ls, logs } = raw
  const columns = isObject(ls) ? ls.columns : undefined
  const lines = isObject(logs) ? logs.lines : undefined
  return {
    ...(typeof home === 'string' && home !== '' ? { home } : {}),
    ...(color === 'auto' || color === 'always' || color === 'never' ? { color } : {}),
    ...(Array.isArray(columns) && columns.every((one) => typeof one === 'string') && columns.length > 0
      ? { lsColumns: columns as string[] }
      : {}),
    ...(typeof lines === 'number' && Number.isInteger(lines) && lines >= 0 ? { logsLines: lines } : {}),
  }
}
