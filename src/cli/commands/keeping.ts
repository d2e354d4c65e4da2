/** retention and gc: what is kept how long, and removing what no process owns. */
import { GARBAGE, type GarbageKind } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice, choiceList, duration, NONE, orNone } from '../input/parse.ts'

const KEYS = ['ended', 'failed', 'history', 'logs'] as const

const retentionShow: CommandSpec = {
  name: 'retention',
  aliases: ['retention ls'],
  group: 'rules',
  summary: 'show how long ended jobs, history, results and logs are kept',
  define: () => async (context) =>
    (await import('../extra/keeping.ts')).showRetention(context, await context.request('retention.get', {})),
}

const retentionSet: CommandSpec = {
  name: 'retention set',
  group: 'rules',
  summary: 'keep something longer or shorter; older data is removed within the hour',
  define: (command) => {
    command
      .argument('<key>', `${KEYS.join(' | ')}`)
      .argument('<time>', 'such as 400d or 12h, a minute at least; none = for ever')
      .addHelpText('after', '\nExamples:\n  ptrack retention set history none\n  ptrack retention set logs 30d')
    return async (context, [key, time]) => {
      const keep = orNone(duration('TIME', 60_000))(time!)
      const changes = { [`${choice('KEY', KEYS)(key!)}Ms`]: keep === NONE ? null : keep }
      return (await import('../extra/keeping.ts')).showRetention(context, await context.request('retention.set', changes))
    }
  },
}

const gc: CommandSpec = {
  name: 'gc',
  group: 'rules',
  summary: 'remove logs, environments and results that no process owns; the history stays',
  define: (command) => {
    command
      .option('--dry-run', 'only list them')
      .option('--only <what>', 'logs, environments or results; with commas or repeated', choiceList('--only', GARBAGE))
      .addHelpText('after', '\nExamples:\n  ptrack gc --dry-run\n  ptrack gc --only logs,environments')
    return async (context, _args, options) => {
      const report = await context.request('gc', {
        dryRun: options.dryRun === true,
        only: options.only as GarbageKind[] | undefined,
      })
      return (await import('../extra/keeping.ts')).showGarbage(context, report)
    }
  },
}

export const keeping: readonly CommandSpec[] = [retentionShow, retentionSet, gc]
