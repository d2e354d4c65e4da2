/** policy: retries and timeouts of the jobs of a type. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Input } from '../../protocol/requests.ts'
import type { CommandSpec } from '../command.ts'
import { choice, duration, integer, NONE, number, orNone } from '../input/parse.ts'

type Policy = Input<'policy.set'>['policy']

const policyList: CommandSpec = {
  name: 'policy',
  aliases: ['policy ls'],
  group: 'rules',
  summary: 'list retries and timeouts by type',
  define: () => async (context) => (await import('./policy/policy.ts')).policies(context, undefined),
}

const policyGet: CommandSpec = {
  name: 'policy get',
  group: 'rules',
  operands: 'types',
  summary: 'show the policy of one type',
  define: (command) => {
    command.argument('<type>')
    return async (context, [type]) => (await import('./policy/policy.ts')).policies(context, type!)
  },
}

const policySet: CommandSpec = {
  name: 'policy set',
  group: 'rules',
  operands: 'types',
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
      return (await import('./policy/policy.ts')).setPolicy(context, type!, policy)
    }
  },
}

const policyDelete: CommandSpec = {
  name: 'policy delete',
  group: 'rules',
  operands: 'types',
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

export const policy: readonly CommandSpec[] = [policyList, policyGet, policySet, policyDelete]
