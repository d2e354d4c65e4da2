/** import: processes from a file of pm2, foreman, overmind, process-compose or supervisord. */
import type { CommandSpec } from '../command.ts'
import { UP_TIMEOUT, withChoices, withProject, words } from '../input/file-options.ts'
import { duration } from '../input/parse.ts'
import type { ImportOptions } from './import/import.ts'

export const importFile: CommandSpec = {
  name: 'import',
  group: 'processes',
  operands: ':files',
  summary: 'start the processes of a pm2, foreman, overmind, process-compose or supervisord file',
  define: (command) => {
    withChoices(withProject(command))
      .argument(
        '<file...>',
        'ecosystem.config.*, dump.pm2, Procfile, process-compose.yaml (several: the later over the earlier), supervisord.conf',
      )
      .option('--dry-run', 'show the result for each field, and the plan')
      .option('-o, --output <file>', 'write a ptrack.yaml instead of starting anything')
      .option('--strict', 'start nothing when a field is ignored (exit 1)')
      .option('--only <names>', 'only these, with the processes they wait for', words)
      .option('--prune', 'delete processes that are no longer in the file')
      .option('--timeout <time>', UP_TIMEOUT, duration('--timeout'))
      .addHelpText(
        'after',
        `
Each field is told as kept, changed or ignored, and why; docs/import.md lists them all.

Examples:
  ptrack import ecosystem.config.js --env production --dry-run
  ptrack import Procfile --formation web=2,worker=1
  ptrack import ~/.pm2/dump.pm2`,
      )
    return async (context, files, options) =>
      (await import('./import/import.ts')).importFile(context, files, options as ImportOptions)
  },
}
