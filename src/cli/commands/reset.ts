/** reset: restart counters and crash loops begin anew. */
import { onTargets } from '../input/targets.ts'

export const reset = onTargets(
  'reset',
  'reset restart counters and crash loops',
  (command) => command,
  (context, targets) => context.request('reset', { targets }),
)
