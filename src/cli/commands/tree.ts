/** tree: a process and what it started. */
import type { CommandSpec } from '../command.ts'
import { withNames } from '../input/targets.ts'
import { renderTree } from '../output/render-process.ts'

export const tree: CommandSpec = {
  name: 'tree',
  group: 'looking',
  operands: 'names',
  summary: 'show the process tree of a process',
  define: (command) => {
    withNames(command)
    return async (context, targets) => {
      const trees = await context.request('tree', { targets })
      if (context.json) context.printJson(trees)
      else
        context.io.out(
          `${trees.map((one) => renderTree(one.name, one.processes, context.style, context.width).join('\n')).join('\n\n')}\n`,
        )
      return 0
    }
  },
}
