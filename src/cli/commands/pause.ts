/** pause: processes wait at their next checkpoint, or are frozen. */
import { onTargets, withNoWait } from '../input/targets.ts'

export const pause = onTargets(
  'pause',
  (command) => withNoWait(command).option('--now', 'freeze the process immediately'),
  (context, targets, options) => context.request('pause', { targets, now: options.now === true, noWait: options.wait === false }),
)
