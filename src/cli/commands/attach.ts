/** attach: the terminal of a program on this one. */
import { VERBS } from '../../protocol/verbs.ts'
import type { CommandSpec } from '../command.ts'

export const attach: CommandSpec = {
  name: 'attach',
  group: 'looking',
  operands: 'names',
  summary: VERBS.attach.summary,
  define: (command) => {
    command
      .argument('<name>', 'a process that was started with --tty')
      .option('--detach-keys <keys>', 'keys that leave it running, such as ctrl-p,ctrl-q (default: ctrl-\\)')
      .option('--no-input', 'only watch')
      .addHelpText(
        'after',
        '\nIt begins where its output is now, and makes the program draw its screen again. Several can be attached; the last one sets the size.\nWhen the program ends, its exit code is the one of this command.\n\nExamples:\n  ptrack start --tty --name repl -- python3\n  ptrack attach repl',
      )
    return async (context, [target], options) => {
      const { attachTo } = await import('./attach/attach.ts')
      return attachTo(context, target!, options as unknown as { detachKeys?: string; input: boolean })
    }
  },
}
