/** exec: a command beside a process. */
import { VERBS } from '../../protocol/verbs.ts'
import type { CommandSpec } from '../command.ts'

export const exec: CommandSpec = {
  name: 'exec',
  group: 'processes',
  operands: 'names',
  takesCommand: true,
  programFollows: () => true,
  summary: VERBS.exec.summary,
  define: (command) => {
    command
      .argument('<name>', 'the process; it need not run')
      .argument('[command...]', 'the command with its arguments')
      .option('-i, --interactive', 'hand on what is typed (default)')
      .option('-t, --tty', 'give it a terminal (default: if this is one)')
      .option('-T, --no-tty', 'give it none')
      .addHelpText(
        'after',
        '\nIt has the environment, directory, user and limits of the process, and ends with this command, which has its exit code.\n\nExamples:\n  ptrack exec web -- env\n  ptrack exec web -- bash',
      )
    return async (context, [name, ...words], options) => {
      const { exec } = await import('./exec/exec.ts')
      return exec(context, name!, words, options)
    }
  },
}
