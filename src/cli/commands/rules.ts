/** policy, limits, hooks: what holds for more than one process. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/requests.ts'
import type { CommandSpec } from '../command.ts'
import { hook } from '../input/job-options.ts'
import { choice, collect, duration, integer, NONE, number, orNone, pair } from '../input/parse.ts'

type Policy = Input<'policy.set'>['policy']
type Limit = number | typeof NONE

const policyList: CommandSpec = {
  name: 'policy',
  aliases: ['policy ls'],
  group: 'rules',
  summary: 'list retries and timeouts by type',
  define: () => async (context) => (await import('../extra/rules.ts')).policies(context, undefined),
}

const policyGet: CommandSpec = {
  name: 'policy get',
  group: 'rules',
  summary: 'show the policy of one type',
  define: (command) => {
    command.argument('<type>')
    return async (context, [type]) => (await import('../extra/rules.ts')).policies(context, type!)
  },
}

const policySet: CommandSpec = {
  name: 'policy set',
  group: 'rules',
  summary: 'change the policy of a type, for processes defined from then on',
  define: (command) => {
    command
      .argument('<type>')
      .option('--retries <n>', 'how often to retry a failed job', integer('--retries', 0, 1_000_000))
      .option('--initial <time>', 'delay before the first retry', duration('--initial'))
      .option('--max <time>', 'longest delay between retries', duration('--max'))
      .option('--factor <n>', 'backoff multiplier', number('--factor', 1, 100))
      .option('--jitter <on|off>', 'vary the delays randomly', choice('--jitter', ['on', 'off'] as const))
      .option('--timeout <time>', 'end a run that takes longer; none = no limit', orNone(duration('--timeout')))
      .addHelpText(
        'after',
        '\nExample:\n  ptrack policy set benchmark --retries 3 --initial 1s --max 60s --factor 2 --timeout 2h',
      )
    return async (context, [type], options) => {
      const policy: Policy = {
        retries: options.retries as number | undefined,
        retryInitialMs: options.initial as number | undefined,
        retryMaxMs: options.max as number | undefined,
        retryFactor: options.factor as number | undefined,
        retryJitter: options.jitter === undefined ? undefined : options.jitter === 'on',
        timeoutMs: options.timeout === NONE ? null : (options.timeout as number | undefined),
      }
      if (Object.values(policy).every((value) => value === undefined))
        throw new PtrackError('USAGE', `cannot set the policy of ${type}: nothing to change was given`, {
          hint: 'see `ptrack policy set --help` for what can be changed',
        })
      return (await import('../extra/rules.ts')).setPolicy(context, type!, policy)
    }
  },
}

const policyDelete: CommandSpec = {
  name: 'policy delete',
  group: 'rules',
  summary: 'remove the policy of a type',
  define: (command) => {
    command.argument('<type>')
    return async (context, [type]) => {
      const reply = await context.request('policy.delete', { type: type! })
      if (context.json) context.printJson(reply)
      else context.print(`policy of ${type} deleted`)
      return 0
    }
  },
}

const limitsShow: CommandSpec = {
  name: 'limits',
  aliases: ['limits ls'],
  group: 'rules',
  summary: 'show concurrency limits, running and queued jobs',
  define: () => async (context) =>
    (await import('../extra/rules.ts')).showLimits(context, await context.request('limits.get', {})),
}

const count = (flag: string): ((text: string) => Limit) => orNone(integer(flag, 1, 100_000))
const countFor =
  (flag: string, shape: string) =>
  (text: string): [string, Limit] => {
    const [whose, limit] = pair(flag, shape)(text)
    return [whose, count(flag)(limit)]
  }
const plain = (limit: Limit | undefined): number | null | undefined => (limit === NONE ? null : (limit as number | undefined))
const record = (pairs: [string, Limit][] | undefined): Record<string, number | null> | undefined =>
  pairs && Object.fromEntries(pairs.map(([whose, limit]) => [whose, plain(limit)!]))

const limitsSet: CommandSpec = {
  name: 'limits set',
  group: 'rules',
  summary: 'set concurrency limits; jobs over the limit queue, running jobs are not affected',
  define: (command) => {
    command
      .option('--global <n>', 'limit for all jobs; none = no limit', count('--global'))
      .option('--owner <owner> <n>', 'limit for the jobs of one owner (repeatable)', collect(countFor('--owner', 'ci 2')))
      .option('--type <type> <n>', 'limit for the jobs of one type (repeatable)', collect(countFor('--type', 'benchmark 1')))
      .addHelpText('after', '\nExamples:\n  ptrack limits set --global 8 --owner ci 2\n  ptrack limits set --type benchmark none')
    return async (context, _args, options) => {
      const changes = {
        global: plain(options.global as Limit | undefined),
        owners: record(options.owner as [string, Limit][] | undefined),
        types: record(options.type as [string, Limit][] | undefined),
      }
      if (Object.values(changes).every((value) => value === undefined))
        throw new PtrackError('USAGE', 'cannot set limits: none was given', { hint: 'write `ptrack limits set --global 8`' })
      return (await import('../extra/rules.ts')).showLimits(context, await context.request('limits.set', changes))
    }
  },
}

const hooksList: CommandSpec = {
  name: 'hooks',
  aliases: ['hooks ls'],
  group: 'rules',
  summary: 'list hooks, global and per process',
  define: () => async (context) => (await import('../extra/rules.ts')).hooks(context),
}

const hooksAdd: CommandSpec = {
  name: 'hooks add',
  group: 'rules',
  summary: 'run an action when an event happens to any process',
  define: (command) => {
    command
      .requiredOption('--on <triggers> <action>', 'such as: failed,done exec:CMD | webhook:URL | mail:ADDRESS', hook)
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

export const rules: readonly CommandSpec[] = [
  policyList,
  policyGet,
  policySet,
  policyDelete,
  limitsShow,
  limitsSet,
  hooksList,
  hooksAdd,
  hooksDelete,
  hooksTest,
]
