/** doctor's check of the units that `ptrack systemd install` wrote. */
import { existsSync } from 'node:fs'
import type { Context } from '../../context.ts'
import { MACHINE_HOME } from '../systemd/home.ts'
import { lingers } from '../systemd/linger.ts'
import { unitIfOurs, unitPath } from '../systemd/unit-file.ts'
import { INSTALL, type Scope } from '../systemd/unit-of-daemon.ts'
import { homeOfUnit, programsOfUnit } from '../systemd/unit-text.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** None without a unit. */
export function unitChecks(context: Context): Check[] {
  return (['system', 'user'] as const).flatMap((scope) => unitCheck(context, scope) ?? [])
}

function unitCheck({ io }: Context, scope: Scope): Check | null {
  const path = unitPath(scope, io.env)
  const text = unitIfOurs(path)
  if (text === null) return null
  const missing = programsOfUnit(text).find((program) => !existsSync(program))
  if (missing !== undefined)
    return fail('unit', `${path} starts ${missing}, which is not there`, `\`${INSTALL[scope]}\` writes it anew`)
  const serves = `${path} serves ${homeOfUnit(text) ?? MACHINE_HOME}`
  if (scope === 'user' && !lingers())
    return warn('unit', `${serves} while you are logged in`, '`ptrack systemd install --linger` makes it start at boot')
  return ok('unit', serves)
}
