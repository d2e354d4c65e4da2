/** retention: how long things are kept. */
import type { AnyCommand, CommandSpec } from '../command.ts'
import { choice, duration, NONE, orNone } from '../input/parse.ts'

const KEYS = ['ended', 'failed', 'history', 'logs'] as const

const retentionShow: CommandSpec = {
  name: 'retention',
  aliases: ['retention ls'],
  group: 'rules',
  summary: 'show how long ended jobs, history, results and logs are kept',
  define: () => async (context) =>
    (await import('./retention/retention.ts')).showRetention(context, await context.request('retention.get', {})),
}

const retentionSet: CommandSpec<[(typeof KEYS)[number], number | typeof NONE]> = {
  name: 'retention set',
  group: 'rules',
  summary: 'keep something longer or shorter; older data is removed within the hour',
  define: (command) => {
    command
      .argument('<key>', `${KEYS.join(' | ')}`, choice('KEY', KEYS))
      .argument('<time>', 'such as 400d or 12h, a minute at least; none = for ever', orNone(duration('TIME', 60_000)))
      .addHelpText('after', '\nExamples:\n  ptrack retention set history none\n  ptrack retention set logs 30d')
    return async (context, [key, keep]) => {
      const changes = { [`${key}Ms`]: keep === NONE ? null : keep }
      return (await import('./retention/retention.ts')).showRetention(context, await context.request('retention.set', changes))
    }
  },
}

export const retention: readonly AnyCommand[] = [retentionShow, retentionSet]
