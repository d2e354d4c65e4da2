/** resume: what was paused goes on. */
import { onTargets } from '../input/targets.ts'

export const resume = onTargets(
  'resume',
  (command) => command,
  (context, targets) => context.request('resume', { targets }),
)
