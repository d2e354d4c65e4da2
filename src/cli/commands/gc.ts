/** gc: removes what no process owns. */
import { GARBAGE, type GarbageKind } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choiceList } from '../input/parse.ts'

export const gc: CommandSpec = {
  name: 'gc',
  group: 'rules',
  summary: 'remove logs, environments and results that no process owns; the history stays',
  define: (command) => {
    command
      .option('--dry-run', 'only list them')
      .option('--only <what>', 'logs, environments or results; with commas or repeated', choiceList('--only', GARBAGE))
      .addHelpText('after', '\nExamples:\n  ptrack gc --dry-run\n  ptrack gc --only logs,environments')
    return async (context, _args, options) => {
      const report = await context.request('gc', {
        dryRun: options.dryRun === true,
        only: options.only as GarbageKind[] | undefined,
      })
      return (await import('./gc/gc.ts')).showGarbage(context, report)
    }
  },
}
