/** hooks: actions on events. */
import type { Input } from '../../protocol/requests.ts'
import { hook } from '../../protocol/values.ts'
import type { CommandSpec } from '../command.ts'
import { reading } from '../input/parse.ts'

const hooksList: CommandSpec = {
  name: 'hooks',
  aliases: ['hooks ls'],
  group: 'rules',
  summary: 'list hooks, global and per process',
  define: () => async (context) => (await import('./hooks/hooks.ts')).hooks(context),
}

const hooksAdd: CommandSpec = {
  name: 'hooks add',
  group: 'rules',
  summary: 'run an action when an event happens to any process',
  define: (command) => {
    command
      .requiredOption(
        '--on <triggers> <action>',
        'such as: failed,done exec:CMD | webhook:URL | mail:ADDRESS',
        reading('--on', hook),
      )
      .addHelpText(
        'after',
        '\nTriggers: failed done cancelled timeout interrupted crash-loop unhealthy orphan stalled overrun retrying cpu>90% memory>1G\n\nExamples:\n  ptrack hooks add --on failed,crash-loop exec:"./alarm.sh"\n  ptrack hooks add --on done webhook:https://example.org/done',
      )
    return async (context, _args, options) => {
      const added = await context.request('hooks.add', options.on as Input<'hooks.add'>)
      if (context.json) context.printJson(added)
      else context.print(`hook ${added.id} added: ${added.on.join(',')} ${added.run}`)
      return 0
    }
  },
}

const hooksDelete: CommandSpec = {
  name: 'hooks delete',
  group: 'rules',
  summary: 'remove a hook',
  define: (command) => {
    command.argument('<id>')
    return async (context, [id]) => {
      const reply = await context.request('hooks.delete', { id: id! })
      if (context.json) context.printJson(reply)
      else context.print(`hook ${id} deleted`)
      return 0
    }
  },
}

const hooksTest: CommandSpec = {
  name: 'hooks test',
  group: 'rules',
  summary: 'run the action of a hook once, with a made-up event (exit 1 when it fails)',
  define: (command) => {
    command.argument('<id|action>', 'the id of a hook, or an action such as exec:CMD')
    return async (context, [word]) => {
      const isAction = /^(exec|webhook|mail):/.test(word!)
      const reply = await context.request('hooks.test', isAction ? { run: word! } : { id: word! })
      if (context.json) context.printJson(reply)
      else context.print(`${reply.ok ? 'it worked' : 'it failed'} (${reply.tookMs} ms)${reply.detail ? `: ${reply.detail}` : ''}`)
      return reply.ok ? 0 : 1
    }
  },
}

export const hooks: readonly CommandSpec[] = [hooksList, hooksAdd, hooksDelete, hooksTest]
