/** systemd uninstall: the unit and its daemon go, processes stay. */
import type { Context } from '../../context.ts'
import { refuseNonRoot } from './account.ts'
import { lingers } from './linger.ts'
import { forgetFailure, systemctlOf, systemdRuns } from './systemctl.ts'
import { readUnit, refuseUnwritable, removeUnit, unitPath } from './unit-file.ts'
import { type Scope, UNIT } from './unit-of-daemon.ts'

export async function systemdUninstall(context: Context, scope: Scope): Promise<number> {
  const { env } = context.io
  const path = unitPath(scope, env)
  if (readUnit(path, scope) === null) {
    if (context.json) context.printJson({ path, removed: false })
    context.note(`there is no ${path}`)
    return 0
  }
  refuseNonRoot(scope)
  refuseUnwritable(path, 'remove')
  const live = systemdRuns(scope, env)
  const systemctl = systemctlOf(scope, env)
  if (live) await systemctl('disable', '--now', UNIT)
  removeUnit(path)
  if (live) await systemctl('daemon-reload')
  if (live) await forgetFailure(scope, env)
  if (context.json) context.printJson({ path, removed: true })
  else context.print(`${path} is removed; processes live on`)
  if (scope === 'user' && lingers()) context.note('lingering stays on; `loginctl disable-linger` turns it off')
  return 0
}
