/** systemctl for the unit, and whether there is a systemd to ask. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { PtrackError } from '../../../protocol/errors.ts'
import { type Scope, UNIT } from './unit-of-daemon.ts'

/** `su` and `sudo` leave the variable out. */
const runtimeDirectory = (env: Record<string, string | undefined>): string =>
  env.XDG_RUNTIME_DIR || `/run/user/${process.getuid?.() ?? 0}`

/** What `sd_booted` checks. */
export const machineHasSystemd = (): boolean => existsSync('/run/systemd/system')

/** For a user's manager, its private socket. */
export const systemdRuns = (scope: Scope, env: Record<string, string | undefined>): boolean =>
  scope === 'system' ? machineHasSystemd() : existsSync(join(runtimeDirectory(env), 'systemd', 'private'))

const run = (scope: Scope, env: Record<string, string | undefined>, args: readonly string[], timeout: number) =>
  execa('systemctl', [...(scope === 'user' ? ['--user'] : []), ...args], {
    reject: false,
    timeout,
    stdin: 'ignore',
    env: scope === 'user' ? { XDG_RUNTIME_DIR: runtimeDirectory(env) } : {},
  })

export type Systemctl = (...args: string[]) => Promise<void>

/** Throws FAILED with what systemctl says. */
export const systemctlOf =
  (scope: Scope, env: Record<string, string | undefined>): Systemctl =>
  async (...args) => {
    const done = await run(scope, env, args, 120_000)
    if (!done.failed) return
    const said = `${done.stderr}`.trim().split('\n')[0] || done.shortMessage || 'it failed'
    const words = [...(scope === 'user' ? ['--user'] : []), ...args].join(' ')
    throw new PtrackError('FAILED', `cannot run \`systemctl ${words}\`: ${said}`, {
      hint: `see \`journalctl ${scope === 'user' ? '--user ' : ''}-u ptrack\``,
    })
  }

export const unitIsActive = async (scope: Scope, env: Record<string, string | undefined>): Promise<boolean> =>
  !(await run(scope, env, ['is-active', UNIT], 10_000)).failed

/** A failed unit is listed until reset, even without its file; one that did not fail is unknown then. */
export async function forgetFailure(scope: Scope, env: Record<string, string | undefined>): Promise<void> {
  await run(scope, env, ['reset-failed', UNIT], 10_000)
}

/** For a daemon in a unit: one started beside the unit would fight with it. */
export const systemdRestart = (scope: Scope): Promise<void> => systemctlOf(scope, process.env)('restart', UNIT)
