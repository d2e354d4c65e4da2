/** reset: clears restart counters and crash loops. */
import { onTargets } from '../input/targets.ts'

export const reset = onTargets(
  'reset',
  (command) => command,
  (context, targets) => context.request('reset', { targets }),
)
