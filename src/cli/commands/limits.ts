/** limits: how many jobs run at once. */
import { PtrackError } from '../../protocol/errors.ts'
import type { CommandSpec } from '../command.ts'
import { collect, integer, NONE, orNone, pair } from '../input/parse.ts'

type Limit = number | typeof NONE

const limitsShow: CommandSpec = {
  name: 'limits',
  aliases: ['limits ls'],
  group: 'rules',
  summary: 'show concurrency limits, running and queued jobs',
  define: (command) => {
    command
      .option('--fleet', 'those of the jobs that the fleet places')
      .addHelpText('after', '\n`ptrack limits set` changes them: ptrack limits set --global 8')
    return async (context, _, { fleet }) =>
      (await import('./limits/limits.ts')).showLimits(
        context,
        await context.request(fleet ? 'fleet.limits.get' : 'limits.get', {}),
      )
  },
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
      .option('--fleet', 'for the jobs that the fleet places, on all nodes together')
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
      return (await import('./limits/limits.ts')).showLimits(
        context,
        await context.request(options.fleet ? 'fleet.limits.set' : 'limits.set', changes),
      )
    }
  },
}

export const limits: readonly CommandSpec[] = [limitsShow, limitsSet]
