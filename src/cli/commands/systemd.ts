/** systemd print|install|uninstall: the daemon as a unit that survives being killed and finds its children again. */
import type { Command } from 'commander'
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import type { Scope } from './systemd/unit-of-daemon.ts'

const withScope = (command: Command): Command =>
  command.option('--user', "a unit of this user's systemd (unless root)").option('--system', 'a unit of the machine (root)')

function scopeOf(options: Record<string, unknown>): Scope {
  if (options.user && options.system)
    throw new PtrackError('USAGE', 'cannot tell which unit: --user and --system exclude each other', { hint: 'give one of them' })
  if (options.user || options.system) return options.user ? 'user' : 'system'
  return process.getuid?.() === 0 ? 'system' : 'user'
}

type Run = (context: Context, scope: Scope, linger?: boolean) => Promise<number>

const command = (name: string, summary: string, run: Run, more: (parser: Command) => void = () => {}): CommandSpec => ({
  name: `systemd ${name}`,
  group: 'settings',
  local: true,
  summary,
  define: (parser) => {
    withScope(parser)
    more(parser)
    return async (context, _args, options) => run(context, scopeOf(options), options.linger === true)
  },
})

export const installUnit: Run = async (context, scope, linger) =>
  (await import('./systemd/systemd.ts')).systemdInstall(context, scope, linger)
export const lingerOption = (parser: Command): Command =>
  parser.option('--linger', 'a unit of this user starts at boot, without a login')
export const defaultScope = (): Scope => scopeOf({})

export const systemd: readonly CommandSpec[] = [
  command('print', 'print the unit file', async (context, scope) =>
    (await import('./systemd/systemd.ts')).systemdPrint(context, scope),
  ),
  command('install', 'write the unit file, enable and start it', installUnit, lingerOption),
  command('uninstall', 'stop and disable the unit and remove its file', async (context, scope) =>
    (await import('./systemd/systemd.ts')).systemdUninstall(context, scope),
  ),
]
