/** health: whether every service with a check is healthy, for a person and by the exit code. */
import type { CommandSpec } from '../command.ts'

export const health: CommandSpec = {
  name: 'health',
  group: 'looking',
  operands: 'names',
  summary: 'say whether every service with a check is healthy (exit 3 if not)',
  define: (command) => {
    command
      .argument('[name...]', 'names, ids, numbers, pids, globs, tag:T (default: all)')
      .addHelpText('after', '\nExamples:\n  ptrack health\n  ptrack health web')
    return async (context, targets) => (await import('./health/health.ts')).health(context, targets)
  },
}
