/** keep: processes stay when the session that started them ends. */
import { onTargets } from '../input/targets.ts'

export const keep = onTargets(
  'keep',
  (command) => command,
  (context, targets) => context.request('keep', { targets }),
)
