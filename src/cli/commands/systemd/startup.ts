/** pm2's `startup` and `unstartup`: the unit of `systemd install`, for the words that pm2 users type. */
import { homedir, userInfo } from 'node:os'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { systemdInstall } from './install.ts'
import { OTHER_INITS } from './other-init.ts'
import { systemdUninstall } from './uninstall.ts'
import { INSTALL, type Scope, UNINSTALL } from './unit-of-daemon.ts'

export interface StartupOptions {
  user?: string | true
  hp?: string
  linger?: boolean
}

type Verb = 'startup' | 'unstartup'

export async function startup(
  context: Context,
  scope: Scope,
  platform: string | undefined,
  options: StartupOptions,
): Promise<number> {
  refuse('startup', platform, options)
  context.note('this is `ptrack systemd install`')
  return systemdInstall(context, scope, options.linger === true)
}

export async function unstartup(
  context: Context,
  scope: Scope,
  platform: string | undefined,
  options: StartupOptions,
): Promise<number> {
  refuse('unstartup', platform, options)
  context.note('this is `ptrack systemd uninstall`')
  return systemdUninstall(context, scope)
}

function refuse(verb: Verb, platform: string | undefined, { user, hp }: StartupOptions): void {
  const cannot = (why: string, hint: string): PtrackError =>
    new PtrackError('USAGE', `cannot run \`ptrack ${verb}\`: ${why}`, { hint })
  if (platform !== undefined && platform !== 'systemd') {
    const known = OTHER_INITS.some((init) => init === platform)
    throw cannot(
      `there is a unit for systemd, and none for ${platform}`,
      known
        ? `\`ptrack systemd print --for ${platform}\` prints what to install`
        : `\`ptrack systemd print --for ${OTHER_INITS.join('|')}\` prints what to install elsewhere`,
    )
  }
  const { username } = userInfo()
  if (typeof user === 'string' && user !== username)
    throw cannot(
      `you are ${username}, and a unit belongs to the user who installs it`,
      `as ${user}: \`${verb === 'startup' ? `${INSTALL.user} --linger` : UNINSTALL.user}\``,
    )
  if (hp !== undefined && hp !== homedir())
    throw cannot('--hp is not the home directory of this user', 'where ptrack stores its files is chosen with --home')
}
