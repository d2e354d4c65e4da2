/** Lingering: a user's systemd, and so the unit, runs from the boot on, without a login. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { PtrackError } from '../../../protocol/errors.ts'

/** loginctl stores it as a file. */
export const lingers = (): boolean => existsSync(join('/var/lib/systemd/linger', userInfo().username))

/** The user is named: without a name loginctl needs a session, which `su` and `sudo` do not make. */
const loginctl = (verb: string) =>
  execa('loginctl', [verb, userInfo().username], { reject: false, timeout: 30_000, stdin: 'ignore' })

export async function enableLinger(): Promise<void> {
  const done = await loginctl('enable-linger')
  if (!done.failed) return
  const missing = done.code === 'ENOENT'
  const said = missing ? 'loginctl is not installed' : `${done.stderr}`.trim().split('\n')[0] || done.shortMessage || 'it failed'
  throw new PtrackError('FAILED', `cannot turn lingering on: ${said}; nothing is changed`, {
    hint: missing
      ? 'install systemd-logind (on Debian the package libpam-systemd)'
      : `as root: \`loginctl enable-linger ${userInfo().username}\`, then \`ptrack systemd install\``,
  })
}

export const disableLinger = async (): Promise<void> => {
  await loginctl('disable-linger')
}
