/** restart: new runs of processes; stopped ones start. */
import { changedEnv, withEnv } from '../input/new-process.ts'
import { onTargets, withNoWait } from '../input/targets.ts'

export const restart = onTargets(
  'restart',
  (command) => withNoWait(withEnv(command)),
  (context, targets, options) =>
    context.request('restart', { targets, ...changedEnv(context.io, options), noWait: options.wait === false }),
)
