/** send: types at the terminal of a program, as if somebody were attached. */
import { VERBS } from '../../protocol/verbs.ts'
import type { CommandSpec } from '../command.ts'
import { collect } from '../input/parse.ts'

export const send: CommandSpec = {
  name: 'send',
  group: 'processes',
  operands: 'names',
  summary: VERBS.send.summary,
  define: (command) => {
    command
      .argument('<name>', 'a process that was started with --tty')
      .argument('[text]', 'what to type; Enter follows')
      .option('--raw', 'press no Enter after the text')
      .option('--key <key>', 'press a key after the text: ctrl-c, enter, up .. (repeatable)', collect(String))
      .addHelpText('after', "\nExamples:\n  ptrack send repl 'print(1 + 1)'\n  ptrack send repl --key ctrl-d")
    return async (context, [target, text], options) => {
      const { send } = await import('./send/send.ts')
      return send(context, target!, text, options)
    }
  },
}
