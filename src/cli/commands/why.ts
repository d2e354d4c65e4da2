/** why: the story of a process. */
import type { CommandSpec } from '../command.ts'
import { withNames } from '../input/targets.ts'
import { oneOrMany } from '../output/one-or-many.ts'
import { renderWhy } from '../output/render-process.ts'

export const why: CommandSpec = {
  name: 'why',
  group: 'looking',
  operands: 'names',
  summary: 'explain the current state of a process: its changes with reasons, and the last stderr lines of failed runs',
  define: (command) => {
    withNames(command)
    return async (context, targets) => {
      const reply = await context.request('why', { targets })
      if (context.json) context.printJson(oneOrMany(targets, reply, ({ view }) => view.name))
      else context.io.out(`${reply.map((one) => renderWhy(one, context.style, Date.now()).join('\n')).join('\n\n')}\n`)
      return 0
    }
  },
}
