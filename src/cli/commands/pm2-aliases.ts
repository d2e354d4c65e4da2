/** Names that pm2 users type out of habit: done where they mean something here, with a note on ptrack's own name. */
import type { CommandSpec } from '../command.ts'
import { ls } from './ls.ts'
import { defaultScope, installUnit, lingerOption } from './systemd.ts'
import { watch } from './watch.ts'

const hidden = (name: string, summary: string, define: CommandSpec['define'], more: Partial<CommandSpec> = {}): CommandSpec => ({
  name,
  group: 'pm2',
  summary,
  hidden: true,
  define,
  ...more,
})

export const pm2Aliases: readonly CommandSpec[] = [
  hidden('save', 'pm2: nothing to do here', () => async (context) => {
    await context.client()
    if (context.json) context.printJson({ saved: true })
    context.note('nothing to do: every change is on disk before its command returns')
    return 0
  }),
  hidden('resurrect', 'pm2: start what ran before', () => async (context) => {
    // The daemon does this at start-up; a running one only lacks what was stopped with the daemon before.
    const { started } = await context.request('daemon.start', {})
    const views = await context.request('list', {})
    if (context.json) context.printJson(views)
    if (started.length > 0)
      context.note(`starting what was stopped with the daemon: ${started.join(', ')}; this is \`ptrack daemon start\``)
    else
      context.note(`nothing to do: the daemon brings back what was running by itself (${views.length} known); see \`ptrack ls\``)
    return 0
  }),
  hidden('startup', 'pm2: start at boot', (command) => {
    lingerOption(command)
    return async (context, _args, options) => {
      context.note('this is `ptrack systemd install`')
      return installUnit(context, defaultScope(), options.linger === true)
    }
  }),
  hidden(
    'monit',
    'pm2: live table',
    (command) => {
      const action = watch.define(command)
      return async (context, ...given) => {
        context.note('this is `ptrack watch`')
        return action(context, ...given)
      }
    },
    { operands: 'names' },
  ),
  hidden(
    'jlist',
    'pm2: list as JSON',
    (command) => {
      const action = ls.define(command)
      return async (context, ...given) => {
        context.note('this is `ptrack ls --json`')
        return action({ ...context, json: true }, ...given)
      }
    },
    { operands: 'names' },
  ),
]
