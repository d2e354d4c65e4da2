/** dev: brings a file up in the foreground, shows the output of all, and stops it at the end. */
import type { CommandSpec } from '../command.ts'
import { UP_TIMEOUT, withChoices, withFile, withProfile, withProject, words } from '../input/file-options.ts'
import { choice, duration } from '../input/parse.ts'
import { type DevOptions, EXIT_RULES } from './dev/options.ts'

export const dev: CommandSpec = {
  name: 'dev',
  group: 'processes',
  operands: 'names and files',
  summary: 'bring a file up in the foreground, show the output of all, stop it at Ctrl-C',
  define: (command) => {
    withChoices(
      withProject(
        withProfile(withFile(command.argument('[file|name...]', 'a file; names: only these, with those they wait for'))),
      ),
    )
      .option('--only <names>', 'show only the lines of these; all run', words)
      .option('-t, --timestamps', 'show when each line came')
      .option('--no-prefix', 'lines without names')
      .option(
        '--exit-on <what>',
        'never | failure (default: the first that is not tried again) | any | all ended',
        choice('--exit-on', EXIT_RULES),
      )
      .option('--exit-code-from <name>', 'the end of this one ends all, with its exit code')
      .option('--foreman', 'any end ends all, also one that a restart would follow: as foreman and overmind do')
      .option('--watch', 'apply the file again whenever it changes')
      .option('-d, --detach', 'return when all is started (as `ptrack up`)')
      .option('--keep', 'leave what was started running if this command or its terminal dies')
      .option('--timeout <time>', UP_TIMEOUT, duration('--timeout'))
      .addHelpText(
        'after',
        `
Ctrl-C stops what this command has started, in reverse order; a second one kills. The same happens when its terminal is closed,
or it is killed. d leaves all running. On a terminal ? shows the other keys.

Examples:
  ptrack dev
  ptrack dev Procfile.dev --formation web=2
  ptrack dev web worker --timestamps
  ptrack dev --exit-code-from tests`,
      )
    return async (context, operands, options) =>
      (await import('./dev/dev.ts')).dev(context, operands, options as unknown as DevOptions)
  },
}
