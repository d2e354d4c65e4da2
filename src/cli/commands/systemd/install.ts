/** systemd install: everything that could be wrong is looked at before anything is changed. */

import { lockHolder } from '../../../client/lock-holder.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { quoteCommand } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { findCommand } from '../../input/interpreter.ts'
import { refuseForeignHome, refuseNonRoot, refuseSudo } from './account.ts'
import { disableLinger, enableLinger, lingers } from './linger.ts'
import { initHere, OTHER_INITS } from './other-init.ts'
import { risksOf } from './program.ts'
import { forgetFailure, machineHasSystemd, systemctlOf, systemdRuns, unitIsActive } from './systemctl.ts'
import { allOrNone, type Undo } from './undo.ts'
import { refuseSecondUnit, type Unit, unitFor } from './unit.ts'
import { readUnit, refuseUnwritable, unitPath, writeUnit } from './unit-file.ts'
import { type Scope, UNIT, unitOfDaemon } from './unit-of-daemon.ts'

/** A user's systemd that lingering starts. */
const MANAGER_TIMEOUT_MS = 15_000

export async function systemdInstall(context: Context, scope: Scope, linger = false): Promise<number> {
  const { env } = context.io
  if (linger && scope === 'system')
    throw new PtrackError('USAGE', 'cannot let a unit of the machine linger: it starts at boot as it is', {
      hint: '--linger is for --user',
    })
  refuseWithoutSystemd(context, scope, linger)
  refuseNonRoot(scope)
  const unit = unitFor(context, scope, readUnit(unitPath(scope, env), scope))
  refuseForeignHome(unit.home.path, scope)
  if (scope === 'system' && !context.homeIsChosen) refuseSudo(env, unit.home)
  refuseSecondUnit(context, scope, unit.home.path)
  refuseUnwritable(unit.path, 'write')
  await allOrNone(async (undo) => {
    if (linger && !lingers()) {
      await enableLinger()
      undo(disableLinger)
    }
    if (!(await comesUp(scope, env))) throw withoutManager()
    await activate(context, scope, unit, undo)
  })
  report(context, scope, unit)
  return 0
}

function refuseWithoutSystemd({ io }: Context, scope: Scope, linger: boolean): void {
  if (!machineHasSystemd()) {
    const [here, ...others] = [...new Set([initHere(), ...OTHER_INITS])]
    throw new PtrackError('FAILED', 'cannot install the unit: no systemd runs here', {
      hint: `nothing is written; \`ptrack systemd print --for ${here}\` (or ${others.join(', ')}) prints what starts the daemon at boot without it`,
    })
  }
  // Lingering brings it.
  if (!linger && !systemdRuns(scope, io.env)) throw withoutManager()
  if (findCommand('systemd-notify', io.env, io.cwd) === null)
    throw new PtrackError('FAILED', 'cannot install the unit: systemd-notify is missing, and systemd would wait for its word', {
      hint: 'install it; it belongs to systemd',
    })
}

const withoutManager = (): PtrackError =>
  new PtrackError('FAILED', 'cannot install the unit: no systemd runs here for this user', {
    hint: 'nothing is written; log in as that user, or `ptrack systemd install --user --linger` starts one that lasts',
  })

async function comesUp(scope: Scope, env: Record<string, string | undefined>): Promise<boolean> {
  for (const began = performance.now(); performance.now() - began < MANAGER_TIMEOUT_MS; ) {
    if (systemdRuns(scope, env)) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return systemdRuns(scope, env)
}

async function activate(context: Context, scope: Scope, { path, home, text, before }: Unit, undo: Undo): Promise<void> {
  const { env } = context.io
  const systemctl = systemctlOf(scope, env)
  const wasActive = before !== null && (await unitIsActive(scope, env))
  const byHand = home.daemonRuns && !ownsDaemon(home.path)
  undo(async () => {
    if (wasActive) await systemctl('restart', UNIT)
    else if (byHand) await startByHand(context, home.path)
  })
  undo(() => systemctl('daemon-reload'))
  if (before !== text) writeUnit(path, text, undo)
  undo(async () => {
    await systemctl(...(before === null ? ['disable', '--now', UNIT] : ['stop', UNIT]))
    await forgetFailure(scope, env)
  })
  await systemctl('daemon-reload')
  await systemctl('enable', UNIT)
  // A daemon of the previous unit is replaced; its processes live on.
  await systemctl(before === null || before === text ? 'start' : 'restart', UNIT)
}

function ownsDaemon(home: string): boolean {
  const pid = lockHolder(home)
  return pid !== null && unitOfDaemon(pid) !== null
}

async function startByHand({ io, daemonEnv }: Context, home: string): Promise<void> {
  const { connectOrStart } = await import('../../../client/ensure-daemon.ts')
  const env = { ...daemonEnv, ...io.env }
  const client = await connectOrStart({ home, env, daemonScript: io.daemonScript, clientName: 'cli' })
  client.close()
}

function report(context: Context, scope: Scope, { path, home }: Unit): void {
  const lingering = scope === 'user' ? lingers() : null
  if (context.json) context.printJson({ path, enabled: true, home: home.path, lingering })
  else context.print(`${path} is written, enabled and started`)
  context.note(`its home is ${home.path}${home.hasProcesses ? '' : ', which has no processes yet'}`)
  if (home.path !== context.home)
    context.note(`\`ptrack config set home ${quoteCommand([home.path])}\` makes commands of this user use it`)
  for (const risk of risksOf(context, home.path)) context.note(risk)
  if (lingering !== null)
    context.note(
      lingering
        ? 'lingering is on: it starts at boot'
        : 'lingering is off, so it runs while you are logged in; `ptrack systemd install --linger` (`loginctl enable-linger`) makes it start at boot',
    )
}
