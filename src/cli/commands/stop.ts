/** stop: ends processes and everything they started. */
import { duration } from '../input/parse.ts'
import { onTargets, withNoWait } from '../input/targets.ts'

export const stop = onTargets(
  'stop',
  (command) =>
    withNoWait(command).option('--timeout <time>', 'time from the stop signal to SIGKILL, for this stop', duration('--timeout')),
  (context, targets, options) =>
    context.request('stop', { targets, timeoutMs: options.timeout as number | undefined, noWait: options.wait === false }),
)
