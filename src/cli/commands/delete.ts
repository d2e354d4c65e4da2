/** delete: stops processes and forgets them. */
import { onTargets } from '../input/targets.ts'

export const deleteProcesses = onTargets(
  'delete',
  (command) => command.option('--purge', 'remove the logs and results too'),
  (context, targets, options) => context.request('delete', { targets, purge: options.purge === true }),
)
