/** import: processes from a file of pm2, foreman, overmind, process-compose or supervisord. */
import type { CommandSpec } from '../command.ts'
import { UP_TIMEOUT, withProject, words } from '../input/file-options.ts'
import { choice, duration } from '../input/parse.ts'
import type { ImportOptions } from './import/import.ts'

export const importFile: CommandSpec = {
  name: 'import',
  group: 'processes',
  operands: ':files',
  summary: 'start the processes of a pm2, foreman, overmind, process-compose or supervisord file',
  define: (command) => {
    withProject(command)
      .argument(
        '<file...>',
        'ecosystem.config.*, dump.pm2, Procfile, process-compose.yaml (several: the later over the earlier), supervisord.conf',
      )
      .option('--dry-run', 'show the result for each field, and the plan')
      .option('-o, --output <file>', 'write a ptrack.yaml instead of starting anything')
      .option('--strict', 'start nothing when a field is ignored (exit 1)')
      .option(
        '--format <name>',
        'format of the file, if its name does not show it',
        choice('--format', ['pm2', 'procfile', 'process-compose', 'supervisord']),
      )
      .option(
        '--like <name>',
        'Procfile: follow the rules of foreman (default) or overmind',
        choice('--like', ['foreman', 'overmind']),
      )
      .option('--formation <list>', 'Procfile: number of each process, such as all=1,web=2')
      .option('--env <name>', 'pm2: merge env_NAME over env')
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
