/** daemon run: this very process becomes the daemon. */
import { PtrackError } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { Context } from '../../context.ts'
import { type ListenOptions, listenerOf } from './listener.ts'
import { running } from './running.ts'

export interface RunOptions extends ListenOptions {
  stopChildren?: boolean
}

export async function run(context: Context, options: RunOptions): Promise<number> {
  const env = { ...context.daemonEnv, ...context.io.env, ...listenerOf(options) }
  // It would silently exit with success in favour of the other one.
  const other = await running(context)
  if (other !== null)
    throw new PtrackError('FAILED', `cannot run the daemon here: one already runs (pid ${other.hello.pid})`, {
      hint: 'end it with `ptrack daemon stop`, its processes keep running; `ptrack daemon start` starts what was stopped with it',
    })
  context.io.runDaemonHere(context.home, env, options.stopChildren ? ['--stop-children'] : [])
  // From here the daemon owns this process and ends it.
  context.note(`daemon ${VERSION} runs in the foreground for ${context.home}`)
  return new Promise<number>(() => undefined)
}
