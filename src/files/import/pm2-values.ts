/** One app of pm2 while it is read, and the forms of its values. */
import type { FileProcess } from '../file-process.ts'
import type { Value } from './fields.ts'
import { pm2Words } from './split-words.ts'

/** `finish` in pm2.ts makes its command. */
export interface Pm2App {
  process: FileProcess
  /** --env NAME. */
  envName: string | null
  cwd: string
  cpus: number
  script: string
  args: string[]
  interpreter: string | null
  nodeArgs: string[]
  instances: number | null
  mode: 'fork' | 'cluster' | null
  instanceVar: string
  incrementVar: string | null
  port: number | null
  named: Record<string, string>
  unwatched: string[]
  /** A name, or substrings of names. */
  filterEnv: string | string[] | null
  /** As written; null = not there. */
  logs: { out: string | null; err: string | null; both: string | null; merged: boolean; disabled: boolean }
  /** Milliseconds; 0 = none. It overrides `restart_delay`. */
  growingDelayMs: number
}

/** As in pm2, objects are passed on as JSON, and null as the word. */
export function pm2Env(value: Value): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [key, one] of Object.entries(value.record()))
    if (one !== undefined) env[key] = typeof one === 'object' ? JSON.stringify(one) : String(one)
  return env
}

export const words = (value: Value): string[] => (Array.isArray(value.raw) ? value.list() : pm2Words(value.text()))

/** Milliseconds of a number, or of `10s`, `5m`, `1h`; a text without a unit is NaN in pm2 and has no effect. */
export function pm2Duration(value: Value): { ms: number; unitless: boolean } {
  const [, number, unit] = /^(\d+)(h|m|s|ms)?$/.exec(value.text().trim()) ?? []
  if (number === undefined) throw value.fail('a time such as 3000, 10s or 5m')
  const ms = Number(number) * { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[unit ?? 'ms']!
  return { ms, unitless: typeof value.raw === 'string' && unit === undefined }
}

/** A directory is watched with all below it. */
export function watchGlob(path: string): string {
  if (/[*?[{]/.test(path) || /\.\w+$/.test(path)) return path
  return path === '.' ? '**' : `${path.replace(/\/+$/, '')}/**`
}

/** What pm2 itself writes to dump.pm2: facts of one run, and defaults. */
export const PM2_STATE =
  /^(pm_.*|_pm2_version|_tree_pids|axm_.*|status|pmx_module|restart_time|unstable_restarts|created_at|unique_id|started_inside|prev_restart_delay|exit_code|node_version|version|vizion_running|km_link|current_conf|env_pm2|command_line|filter_env|NODE_APP_INSTANCE|increment_var_.*|vizion|pmx|automation|username|windowsHide|kill_retry_time|merge_logs)$/
