/** systemd print: the unit that `install` would write, or what does the same without systemd. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { type OtherInit, otherInit } from './other-init.ts'
import { programOf } from './program.ts'
import { unitFor } from './unit.ts'
import { unitIfOurs, unitPath } from './unit-file.ts'
import type { Scope } from './unit-of-daemon.ts'

function textFor(context: Context, scope: Scope, init: OtherInit | 'systemd'): { path: string; text: string } {
  if (init === 'systemd') return unitFor(context, scope, unitIfOurs(unitPath(scope, context.io.env)))
  if (init !== 'cron' && scope === 'user')
    throw new PtrackError('USAGE', `cannot print a service of ${init} for a user: it starts those of the machine alone`, {
      hint: '--for cron is for any user',
    })
  return otherInit(init, programOf(context), context.home)
}

export async function systemdPrint(context: Context, scope: Scope, init: OtherInit | 'systemd'): Promise<number> {
  const { path, text } = textFor(context, scope, init)
  if (context.json) context.printJson({ path, unit: text })
  else context.io.out(text)
  return 0
}
