/** up: starts, changes and removes what a file says. */
import type { CommandSpec } from '../command.ts'
import { UP_TIMEOUT, withChoices, withFile, withProfile, withProject, words } from '../input/file-options.ts'
import { duration } from '../input/parse.ts'
import type { UpOptions } from './up/up.ts'

export const up: CommandSpec = {
  name: 'up',
  group: 'processes',
  summary: 'apply a file: start new processes, update changed ones',
  define: (command) => {
    withChoices(withProject(withProfile(withFile(command))))
      .option('--only <names>', 'only these, with the processes they wait for', words)
      .option('--prune', 'delete processes that are no longer in the file')
      .option('--dry-run', 'show the plan without applying it')
      .option('--timeout <time>', UP_TIMEOUT, duration('--timeout'))
      .option('--report', "another supervisor's file: show what became of each field")
      .option('--watch', 'stay, and apply the file again whenever it changes')
      .addHelpText(
        'after',
        '\nExamples:\n  ptrack up\n  ptrack up --dry-run --prune\n  ptrack up -f deploy/ptrack.yaml --only web\n  ptrack up -f Procfile --formation web=2',
      )
    return async (context, _args, options) => (await import('./up/up.ts')).up(context, options as UpOptions)
  },
}
