/** resume: continues what is paused. */
import { onTargets } from '../input/targets.ts'

export const resume = onTargets(
  'resume',
  (command) => command,
  (context, targets) => context.request('resume', { targets }),
)
