/** flush: empties logs. */
import { onTargets } from '../input/targets.ts'

export const flush = onTargets(
  'flush',
  (command) => command,
  (context, targets) => context.request('flush', { targets }),
)
