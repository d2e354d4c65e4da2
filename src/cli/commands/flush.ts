/** flush: logs are emptied. */
import { onTargets } from '../input/targets.ts'

export const flush = onTargets(
  'flush',
  'empty the logs',
  (command) => command,
  (context, targets) => context.request('flush', { targets }),
)
