/** env: the environment a process was started with, masked by default; and how it differs from the caller's. */
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import { callerEnv } from '../input/caller-env.ts'
import { oneOrMany } from '../output/one-or-many.ts'

export const env: CommandSpec = {
  name: 'env',
  group: 'looking',
  operands: 'names',
  summary: 'show the environment of a process (values masked)',
  define: (command) => {
    command
      .argument('<name...>', 'names, ids, numbers, pids, globs, tag:T or all')
      .option('--reveal', 'show the values')
      .option('--diff', "show the differences from the caller's current environment")
    return async (context, targets, options) => {
      const caller = options.diff ? callerEnv(context.io.env) : undefined
      const shown = await context.request('env', { targets, reveal: options.reveal === true, caller })
      if (context.json) {
        context.printJson(oneOrMany(targets, shown, ({ name }) => name))
        return 0
      }
      for (const one of shown) {
        if (shown.length > 1) context.print(context.style.bold(`# ${one.name}`))
        if (options.diff) {
          const diff = one.diff ?? []
          if (diff.length === 0) context.print('no difference')
          for (const { name, stored, caller: theirs } of diff) {
            if (stored !== null) context.print(context.style.red(`- ${clean(`${name}=${stored}`)}`))
            if (theirs !== null) context.print(context.style.green(`+ ${clean(`${name}=${theirs}`)}`))
          }
        } else for (const key of Object.keys(one.env).sort()) context.print(`${clean(key)}=${clean(one.env[key]!)}`)
      }
      return 0
    }
  },
}
