/** Other supervisors, started as their users start them and ended with all that they started. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './bundle.ts'
import type { TestHome } from './daemon.ts'
import { descendantsOf, endIdent, type Ident, identOf, isAlive } from './proc.ts'
import type { Ability } from './requires.ts'
import { until } from './until.ts'

/** Begins with this environment; ends it when the returned function is called. */
export type Start = (env: Record<string, string>) => Promise<() => Promise<void>>

/** The beginning of a supervisord.conf, in the foreground. Told no user it warns when root starts it; nobody else may give one. */
export const supervisordSection = (directory: string): string => `[supervisord]
nodaemon=true
${process.getuid?.() === 0 ? 'user=root\n' : ''}logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
`

/** What each supervisor adds for itself, and what a shell or an interpreter on the way sets anew. */
const MARKERS = new RegExp(
  `^(${[
    // NODE_OPTIONS names the preload that gives programs `process.send`.
    'PTRACK_.*|NODE_OPTIONS|SUPERVISOR_.*|WORLD|_|SHLVL|PWD|OLDPWD|RUBY.*|GEM_.*|LC_CTYPE',
    // pm2 spreads its own record of the app over the environment, and a variable called like the app.
    'PM2_.*|pm_.*|axm_.*|pmx.*|app-.*|env_.*|NODE_CHANNEL_.*|km_link|vizion.*|unique_id|status|created_at|restart_time',
    'unstable_restarts|started_inside|node_version|version|exit_code|prev_restart_delay|windowsHide|merge_logs|autostart',
    'autorestart|name|namespace|node_args|args|env|exec_mode|exec_interpreter|filter_env|instances|instance_var',
    'kill_retry_time|kill_timeout|username|treekill|watch|automation|increment_var|cwd|script|port',
  ].join('|')})$`,
)
export const isOfSupervisor = (variable: string): boolean => MARKERS.test(variable)

/** A bash that is no other shell's child, and reads a socket (as under pm2), takes itself for a login and reads ~/.bashrc. */
const theirs = ({ PTRACK_HOME: _home, PTRACK_HTTP: _http, ...env }: Record<string, string>) => ({ SHLVL: '1', ...env })

/** A peer that stays in the foreground. */
export const foreground =
  (t: TestHome, command: string, args: string[]): Start =>
  async (env) => {
    const child = spawn(command, args, { cwd: t.dir, env: theirs(env), stdio: 'ignore' })
    const leader = identOf(child.pid!)!
    return async () => {
      // Whoever it leaves behind would hold a port for a moment more.
      const family: Ident[] = [leader, ...descendantsOf(leader)]
      child.kill('SIGTERM')
      await until(() => !family.some(isAlive), `${command} has ended`, 6000).catch(() => Promise.all(family.map(endIdent)))
    }
  }

export interface Pm2 {
  /** Its command; PM2_HOME has to be given. */
  tool: string
  start(t: TestHome, args: string[]): Start
}

/** For tests that compare with it. */
export const PM2: Ability = { name: 'pm2 (from the package registry)', there: false }

/** Kept until the next `npm ci`, since an installation takes 10 s. */
const PM2_PREFIX = join(root, 'node_modules/.cache/ptrack-tests/pm2-6')

/** From the registry, in a prefix of its own; null where there is no network, which CI does not accept. */
export async function installPm2(): Promise<Pm2 | null> {
  const run = promisify(execFile)
  if (!existsSync(PM2_PREFIX)) {
    mkdirSync(dirname(PM2_PREFIX), { recursive: true })
    // Several files may be at it at once: each makes its own, and the first is kept.
    const made = mkdtempSync(`${PM2_PREFIX}-`)
    try {
      await run('npm', ['install', '--prefix', made, '--no-audit', '--no-fund', '--ignore-scripts', 'pm2@6'], { timeout: 60_000 })
      renameSync(made, PM2_PREFIX)
    } catch (cause) {
      rmSync(made, { recursive: true, force: true, maxRetries: 5 })
      if (!existsSync(PM2_PREFIX)) {
        if (process.env.CI === 'true') throw new Error('cannot test: pm2 cannot be installed, and CI must not skip', { cause })
        return null
      }
    }
  }
  const tool = join(PM2_PREFIX, 'node_modules/.bin/pm2')
  const start: Pm2['start'] = (t, args) => async (given) => {
    const env = { ...theirs(given), PM2_HOME: join(t.dir, 'pm2') }
    await run(tool, ['start', ...args], { cwd: t.dir, env })
    return async () => {
      const ident = identOf(Number(readFileSync(join(t.dir, 'pm2/pm2.pid'), 'utf8')))
      await run(tool, ['kill'], { cwd: t.dir, env })
      if (ident) await until(() => !isAlive(ident), 'the daemon of pm2 has ended').catch(() => endIdent(ident))
    }
  }
  return { tool, start }
}
