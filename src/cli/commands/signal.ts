/** signal: one signal to the program of each process. */
import type { SignalName } from '../../protocol/definition.ts'
import * as values from '../../protocol/values.ts'
import { VERBS } from '../../protocol/verbs.ts'
import type { CommandSpec } from '../command.ts'
import { reading } from '../input/parse.ts'
import { NAMES } from '../input/targets.ts'
import { printResults } from '../output/results.ts'

export const signal: CommandSpec<[SignalName, ...string[]]> = {
  name: 'signal',
  group: 'processes',
  operands: 'names',
  summary: VERBS.signal.summary,
  define: (command) => {
    command.argument('<signal>', 'HUP, USR1, 10, ...', reading('signal', values.signal)).argument('<name...>', NAMES)
    return async (context, [signal, ...targets]) =>
      printResults(context, 'signal', await context.request('signal', { targets, signal }))
  },
}
