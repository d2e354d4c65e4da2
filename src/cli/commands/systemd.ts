/** systemd print|install|uninstall: the daemon as a unit that survives being killed and finds its children again. */
import type { Command } from 'commander'
import { PtrackError } from '../../protocol/errors.ts'
import type { Action, CommandSpec } from '../command.ts'
import { choice } from '../input/parse.ts'
import type { Scope } from './systemd/unit-of-daemon.ts'

const INITS = ['systemd', 'cron', 'openrc', 'runit'] as const

const withScope = (command: Command): Command =>
  command.option('--user', "a unit of this user's systemd (unless root)").option('--system', 'a unit of the machine (root)')

/** `--user NAME` is pm2's, and says nothing of the scope. */
export function scopeOf(options: Record<string, unknown>): Scope {
  if (options.user === true && options.system)
    throw new PtrackError('USAGE', 'cannot tell which unit: --user and --system exclude each other', { hint: 'give one of them' })
  if (options.user === true || options.system) return options.user ? 'user' : 'system'
  return process.getuid?.() === 0 ? 'system' : 'user'
}

export const withLinger = (parser: Command): Command =>
  parser.option('--linger', 'a unit of this user starts at boot, without a login')

const install: Action = async (context, _args, options) =>
  (await import('./systemd/install.ts')).systemdInstall(context, scopeOf(options), options.linger === true)

const uninstall: Action = async (context, _args, options) =>
  (await import('./systemd/uninstall.ts')).systemdUninstall(context, scopeOf(options))

const command = (name: string, summary: string, define: (parser: Command) => Action): CommandSpec => ({
  name: `systemd ${name}`,
  group: 'settings',
  local: true,
  summary,
  define: (parser) => define(withScope(parser)),
})

export const systemd: readonly CommandSpec[] = [
  command('print', 'print the unit file', (parser) => {
    parser.option('--for <init>', `${INITS.join(' | ')}: what starts the daemon at boot`, choice('--for', INITS), 'systemd')
    return async (context, _args, options) =>
      (await import('./systemd/print.ts')).systemdPrint(context, scopeOf(options), options.for as (typeof INITS)[number])
  }),
  command('install', 'write the unit file, enable and start it', (parser) => {
    withLinger(parser)
    return install
  }),
  command('uninstall', 'stop and disable the unit and remove its file', () => uninstall),
]
