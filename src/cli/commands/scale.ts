/** scale: more or fewer instances. */
import type { CommandSpec } from '../command.ts'
import { integer } from '../input/parse.ts'
import { withNoWait } from '../input/targets.ts'
import { printResults } from '../output/results.ts'

export const scale: CommandSpec<[string, number]> = {
  name: 'scale',
  group: 'processes',
  operands: 'names',
  summary: 'change the number of instances',
  define: (command) => {
    withNoWait(
      command
        .argument('<name>', 'the name without its number')
        .argument('<n>', 'instances; 0 stops the first and removes the others', integer('N', 0, 10_000)),
    )
    return async (context, [target, n], options) =>
      printResults(
        context,
        'scale',
        await context.request('scale', {
          target,
          instances: n,
          noWait: options.wait === false,
        }),
      )
  },
}
