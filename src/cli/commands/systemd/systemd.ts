/** systemd print|install|uninstall, and the restart of a daemon that is in a unit. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { PtrackError } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { Context } from '../../context.ts'
import { findCommand } from '../../input/interpreter.ts'
import { homeOfMachineUnit, isUsed, lingers, MACHINE_HOME, refuseUnprintable } from './home.ts'
import { type Scope, UNIT } from './unit-of-daemon.ts'
import { unitText } from './unit-text.ts'

function unitPath(context: Context, scope: Scope): string {
  const { env } = context.io
  if (scope === 'system') return join('/etc/systemd/system', UNIT)
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config')
  return join(config, 'systemd', 'user', UNIT)
}

function homeFor(context: Context, scope: Scope): string {
  const home = scope === 'user' || context.homeIsChosen ? context.home : homeOfMachineUnit(context.home, MACHINE_HOME, isUsed)
  refuseUnprintable(home)
  return home
}

const textFor = (context: Context, scope: Scope, home: string): string =>
  unitText({
    scope,
    nodePath: process.execPath,
    daemonScript: context.io.daemonScript,
    cliScript: join(dirname(context.io.daemonScript), '../bin/ptrack.js'),
    home,
    version: VERSION,
  })

/** What `sd_booted` checks; for a user's manager, its private socket. */
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
  const text = textFor(context, scope, homeFor(context, scope))
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

export async function systemdInstall(context: Context, scope: Scope, linger = false): Promise<number> {
  const path = unitPath(context, scope)
  const home = homeFor(context, scope)
  if (linger && scope === 'system')
    throw new PtrackError('USAGE', 'cannot let a unit of the machine linger: it starts at boot as it is', {
      hint: '--linger is for --user',
    })
  if (!systemdRuns(context, scope))
    throw new PtrackError('FAILED', `cannot install the unit: no systemd runs here${scope === 'user' ? ' for this user' : ''}`, {
      hint: `nothing is written; \`ptrack systemd print\` shows the unit, and ${path} is its place where one runs`,
    })
  if (findCommand('systemd-notify', context.io.env, context.io.cwd) === null)
    throw new PtrackError('FAILED', 'cannot install the unit: systemd-notify is missing, and systemd would wait for its word', {
      hint: 'install it; it belongs to systemd',
    })
  const text = textFor(context, scope, home)
  const before = textOf(path)
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (before !== text) writeFileSync(path, text, { mode: 0o644 })
  } catch (cause) {
    throw explainFileError('write', path, cause)
  }
  await systemctl(scope, 'daemon-reload')
  await systemctl(scope, 'enable', UNIT)
  // A daemon of the previous unit is replaced; its processes live on.
  await systemctl(scope, before === null || before === text ? 'start' : 'restart', UNIT)
  if (linger) await enableLinger()
  if (context.json) context.printJson({ path, enabled: true, home })
  else context.print(`${path} is written, enabled and started`)
  context.note(`its home is ${home}`)
  if (home !== context.home) context.note(`\`ptrack config set home ${home}\` makes commands of this user use it`)
  if (scope === 'user')
    context.note(
      lingers()
        ? 'lingering is on: it starts at boot'
        : 'lingering is off, so it runs while you are logged in; `ptrack systemd install --linger` (`loginctl enable-linger`) makes it start at boot',
    )
  return 0
}

async function enableLinger(): Promise<void> {
  const done = await execa('loginctl', ['enable-linger'], { reject: false, timeout: 30_000, stdin: 'ignore' })
  if (!done.failed) return
  const said = `${done.stderr}`.trim().split('\n')[0] || done.shortMessage || 'it failed'
  throw new PtrackError('FAILED', `cannot turn lingering on: ${said}; the unit is installed and runs`, {
    hint: `as root: loginctl enable-linger ${userInfo().username}`,
  })
}

/** For a daemon in a unit: one started beside the unit would fight with it. */
export const systemdRestart = (scope: Scope): Promise<void> => systemctl(scope, 'restart', UNIT)

/** A failed unit is listed until reset, even without its file; one that did not fail is unknown then. */
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
