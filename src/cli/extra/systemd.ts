/** systemd print|install|uninstall, and the restart of a daemon that is in a unit. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { PtrackError } from '../../protocol/errors.ts'
import { VERSION } from '../../protocol/version.ts'
import type { Scope } from '../commands/systemd.ts'
import type { Context } from '../context.ts'
import { findCommand } from '../interpreter.ts'
import { UNIT } from '../unit-of-daemon.ts'
import { unitText } from './systemd-unit.ts'

function unitPath(context: Context, scope: Scope): string {
  const { env } = context.io
  if (scope === 'system') return join('/etc/systemd/system', UNIT)
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config')
  return join(config, 'systemd', 'user', UNIT)
}

const textFor = (context: Context, scope: Scope): string =>
  unitText({
    scope,
    nodePath: process.execPath,
    daemonScript: context.io.daemonScript,
    cliScript: join(dirname(context.io.daemonScript), '../bin/ptrack.js'),
    home: scope === 'system' && !context.homeIsChosen ? null : context.home,
    version: VERSION,
  })

/** What `sd_booted` looks at; for a user's manager, its private socket. */
function systemdRuns(context: Context, scope: Scope): boolean {
  if (scope === 'system') return existsSync('/run/systemd/system')
  const runtime = context.io.env.XDG_RUNTIME_DIR
  return runtime !== undefined && existsSync(join(runtime, 'systemd', 'private'))
}

async function systemctl(scope: Scope, ...args: string[]): Promise<void> {
  const words = scope === 'user' ? ['--user', ...args] : args
  const done = await execa('systemctl', words, { reject: false, timeout: 90_000, stdin: 'ignore' })
  if (!done.failed) return
  const said = `${done.stderr}`.trim().split('\n')[0] || done.shortMessage || 'it failed'
  throw new PtrackError('FAILED', `cannot run \`systemctl ${words.join(' ')}\`: ${said}`, {
    hint:
      scope === 'user'
        ? 'see `journalctl --user -u ptrack`'
        : 'see `journalctl -u ptrack`; installing for the machine needs root',
  })
}

function explainFileError(verb: string, path: string, cause: unknown): PtrackError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === undefined) throw cause
  const denied = code === 'EACCES' || code === 'EPERM'
  return new PtrackError(denied ? 'DENIED' : 'FAILED', `cannot ${verb} ${path}: ${denied ? 'permission denied' : code}`, {
    hint: denied ? 'run it as root, or use --user' : 'check the path',
    cause,
  })
}

export async function systemdPrint(context: Context, scope: Scope): Promise<number> {
  const text = textFor(context, scope)
  if (context.json) context.printJson({ path: unitPath(context, scope), unit: text })
  else context.io.out(text)
  return 0
}

/** null when there is none. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw explainFileError('read', path, error)
  }
}

export async function systemdInstall(context: Context, scope: Scope): Promise<number> {
  const path = unitPath(context, scope)
  const live = systemdRuns(context, scope)
  if (live && findCommand('systemd-notify', context.io.env, context.io.cwd) === null)
    throw new PtrackError('FAILED', 'cannot install the unit: systemd-notify is missing, and systemd would wait for its word', {
      hint: 'install it; it belongs to systemd',
    })
  const text = textFor(context, scope)
  const before = textOf(path)
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (before !== text) writeFileSync(path, text, { mode: 0o644 })
  } catch (cause) {
    throw explainFileError('write', path, cause)
  }
  const ctl = scope === 'user' ? 'systemctl --user' : 'systemctl'
  if (!live) {
    throw new PtrackError(
      'FAILED',
      `cannot enable the unit: no systemd runs here${scope === 'user' ? ' for this user' : ''}; ${path} is written`,
      {
        hint: `where it runs: ${ctl} daemon-reload && ${ctl} enable --now ${UNIT}`,
      },
    )
  }
  await systemctl(scope, 'daemon-reload')
  await systemctl(scope, 'enable', UNIT)
  // A daemon of the unit before is replaced by one of this; what it supervises lives on.
  await systemctl(scope, before === null || before === text ? 'start' : 'restart', UNIT)
  if (context.json) context.printJson({ path, enabled: true })
  else context.print(`${path} is written, enabled and started`)
  if (scope === 'user') context.note('it runs while you are logged in; `loginctl enable-linger` makes it start at boot')
  else if (!context.homeIsChosen)
    context.note(
      'its home is /var/lib/ptrack, which only root may use: `ptrack config set home /var/lib/ptrack` as root makes commands use it',
    )
  return 0
}

/** Of a daemon that is in a unit: one that is started beside the unit would fight with it. */
export const systemdRestart = (scope: Scope): Promise<void> => systemctl(scope, 'restart', UNIT)

/** A unit that failed is listed until that is reset, even when its file is gone; one that did not fail is not known any more. */
async function forgetFailure(scope: Scope): Promise<void> {
  const words = ['reset-failed', UNIT]
  await execa('systemctl', scope === 'user' ? ['--user', ...words] : words, { reject: false, timeout: 10_000, stdin: 'ignore' })
}

export async function systemdUninstall(context: Context, scope: Scope): Promise<number> {
  const path = unitPath(context, scope)
  if (!existsSync(path)) {
    if (context.json) context.printJson({ path, removed: false })
    context.note(`there is no ${path}`)
    return 0
  }
  const live = systemdRuns(context, scope)
  if (live) await systemctl(scope, 'disable', '--now', UNIT)
  try {
    rmSync(path)
  } catch (cause) {
    throw explainFileError('remove', path, cause)
  }
  if (live) await systemctl(scope, 'daemon-reload')
  if (live) await forgetFailure(scope)
  if (context.json) context.printJson({ path, removed: true })
  else context.print(`${path} is removed; processes live on`)
  return 0
}
