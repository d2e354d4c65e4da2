/** show, why, tree: one process looked at closely. */
import type { Command } from 'commander'
import type { CommandSpec } from '../command.ts'
import { oneOrMany } from '../output/one-or-many.ts'
import { renderTree, renderWhy } from '../output/render-process.ts'

const withNames = (command: Command): Command => command.argument('<name...>', 'names, ids, numbers, pids, globs, tag:T or all')

export const show: CommandSpec = {
  name: 'show',
  aliases: ['describe'],
  group: 'looking',
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

export const why: CommandSpec = {
  name: 'why',
  group: 'looking',
  summary: 'explain the current state of a process: its changes with reasons, and the last stderr lines of failed runs',
  define: (command) => {
    withNames(command)
    return async (context, targets) => {
      const told = await context.request('why', { targets })
      if (context.json) context.printJson(oneOrMany(targets, told, ({ view }) => view.name))
      else context.io.out(`${told.map((one) => renderWhy(one, context.style, Date.now()).join('\n')).join('\n\n')}\n`)
      return 0
    }
  },
}

export const tree: CommandSpec = {
  name: 'tree',
  group: 'looking',
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
