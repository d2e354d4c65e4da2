/** down: ends what a ptrack.yaml names. */
import type { CommandSpec } from '../command.ts'
import { withFile, withProject } from '../input/file-options.ts'
import type { DownOptions } from './down/down.ts'

export const down: CommandSpec = {
  name: 'down',
  group: 'processes',
  summary: 'stop the processes of a file, in reverse order',
  define: (command) => {
    withProject(withFile(command))
      .option('--delete', 'delete them too')
      .addHelpText(
        'after',
        '\nOf the file of another supervisor (-f Procfile, -f ecosystem.config.js) it stops what was brought up of it.',
      )
    return async (context, _args, options) => (await import('./down/down.ts')).down(context, options as DownOptions)
  },
}
