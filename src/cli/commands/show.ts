/** show: everything about a process. */
import type { CommandSpec } from '../command.ts'
import { withNames } from '../input/targets.ts'
import { oneOrMany } from '../output/one-or-many.ts'

export const show: CommandSpec = {
  name: 'show',
  aliases: ['describe'],
  group: 'looking',
  operands: 'names',
  summary: 'show everything about a process: definition, health, ports, runs, descendants',
  define: (command) => {
    withNames(command)
    return async (context, targets) => {
      const details = await context.request('show', { targets })
      if (context.json) context.printJson(oneOrMany(targets, details, ({ name }) => name))
      else {
        const { renderShow } = await import('./show/show.ts')
        context.io.out(renderShow(details, { style: context.style, width: context.width, nowMs: Date.now() }))
      }
      return 0
    }
  },
}
