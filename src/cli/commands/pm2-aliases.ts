/** Names that pm2 users type out of habit: done where they mean something here, with a note on ptrack's own name. */
import type { Action, CommandSpec } from '../command.ts'
import { ls } from './ls.ts'
import type { StartupOptions } from './systemd/startup.ts'
import { scopeOf, withLinger } from './systemd.ts'
import { watch } from './watch.ts'

const hidden = (name: string, summary: string, define: CommandSpec['define'], more: Partial<CommandSpec> = {}): CommandSpec => ({
  name,
  group: 'pm2',
  summary,
  hidden: true,
  define,
  ...more,
})

/** pm2's own options are read too, to say what they mean here. */
const atBoot = (verb: 'startup' | 'unstartup', summary: string): CommandSpec =>
  hidden(
    verb,
    summary,
    (command) => {
      command
        .argument('[platform]', 'systemd')
        .option('-u, --user [name]', "a unit of this user's systemd (unless root)")
        .option('--system', 'a unit of the machine (root)')
        .option('--hp <dir>', 'the home directory of the user')
      if (verb === 'startup') withLinger(command)
      const action: Action = async (context, [platform], options) =>
        (await import('./systemd/startup.ts'))[verb](context, scopeOf(options), platform, options as StartupOptions)
      return action
    },
    { local: true },
  )

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
  atBoot('startup', 'pm2: start at boot'),
  atBoot('unstartup', 'pm2: no longer start at boot'),
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
