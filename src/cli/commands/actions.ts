/** Commands that are one request on some targets and a line per result. */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { PtrackError } from '../../protocol/errors.ts'
import type { ActionResult } from '../../protocol/requests.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { addDefinitionOptions, type DefinitionOptions, definitionFields } from '../input/definition-options.ts'
import { afterFields } from '../input/job-options.ts'
import { addEnvOptions, changedEnv } from '../input/new-process.ts'
import { duration, integer, signalName } from '../input/parse.ts'
import { printResults, type Verb } from '../output/results.ts'

const NAMES = 'names, ids, numbers, pids, globs, tag:T or all'
const withNames = (command: Command): Command => command.argument('<name...>', NAMES)
const withNoWait = (command: Command): Command => command.option('--no-wait', 'return at once, without waiting for the outcome')

type Options = Record<string, unknown>
type Ask = (context: Context, targets: string[], options: Options) => Promise<ActionResult[]>

const onTargets = (name: Verb, summary: string, extend: (command: Command) => Command, ask: Ask): CommandSpec => ({
  name,
  group: 'processes',
  summary,
  define: (command) => {
    extend(withNames(command))
    return async (context, args, options) => printResults(context, name, await ask(context, args, options))
  },
})

const withEnv = (command: Command): Command =>
  addEnvOptions(command.option('--update-env', "take the caller's current environment; removed variables disappear"))

/** An empty list of changes would look like success. */
async function changesOf(context: Context, raw: Options, command: string[]): Promise<Record<string, unknown>> {
  const options = raw as unknown as DefinitionOptions
  const changes = {
    ...definitionFields(options),
    ...(await afterFields(context, options)),
    ...(options.cwd === undefined ? {} : { cwd: resolve(context.io.cwd, options.cwd) }),
    ...(command.length ? { command } : {}),
  }
  if (Object.keys(changes).length === 0)
    throw new PtrackError('USAGE', 'cannot set: nothing to change was given', {
      hint: 'see `ptrack set --help` for what can be changed',
    })
  return changes
}

export const actions: readonly CommandSpec[] = [
  onTargets(
    'stop',
    'stop processes and everything they started',
    (command) =>
      withNoWait(command).option(
        '--timeout <time>',
        'time from the stop signal to SIGKILL, for this stop',
        duration('--timeout'),
      ),
    (context, targets, options) =>
      context.request('stop', { targets, timeoutMs: options.timeout as number | undefined, noWait: options.wait === false }),
  ),
  onTargets(
    'restart',
    'restart processes, and start stopped ones',
    (command) => withNoWait(withEnv(command)),
    (context, targets, options) =>
      context.request('restart', { targets, ...changedEnv(context.io, options), noWait: options.wait === false }),
  ),
  onTargets('reload', 'restart instances one by one, waiting for each to be healthy', withEnv, (context, targets, options) =>
    context.request('reload', { targets, ...changedEnv(context.io, options) }),
  ),
  onTargets(
    'delete',
    'stop and remove processes; their logs and results stay unless --purge',
    (command) => command.option('--purge', 'remove the logs and results too'),
    (context, targets, options) => context.request('delete', { targets, purge: options.purge === true }),
  ),
  onTargets(
    'pause',
    'pause processes at their next checkpoint; freeze programs that have none',
    (command) => withNoWait(command).option('--now', 'freeze the process immediately'),
    (context, targets, options) =>
      context.request('pause', { targets, now: options.now === true, noWait: options.wait === false }),
  ),
  onTargets(
    'resume',
    'resume paused processes',
    (command) => command,
    (context, targets) => context.request('resume', { targets }),
  ),
  onTargets('cancel', 'end jobs as cancelled; results so far are kept', withNoWait, (context, targets, options) =>
    context.request('cancel', { targets, noWait: options.wait === false }),
  ),
  onTargets(
    'reset',
    'reset restart counters and crash loops',
    (command) => command,
    (context, targets) => context.request('reset', { targets }),
  ),
  onTargets(
    'flush',
    'empty the logs',
    (command) => command,
    (context, targets) => context.request('flush', { targets }),
  ),
  {
    name: 'signal',
    group: 'processes',
    summary: 'send a signal to the program of each process, not to what it started',
    define: (command) => {
      command.argument('<signal>', 'HUP, USR1, 10, ...', signalName('signal')).argument('<name...>', NAMES)
      return async (context, [signal, ...targets]) =>
        printResults(context, 'signal', await context.request('signal', { targets, signal: signalName('signal')(signal!) }))
    },
  },
  {
    name: 'scale',
    group: 'processes',
    summary: 'change the number of instances',
    define: (command) => {
      withNoWait(command.argument('<name>', 'the name without its number').argument('<n>', 'instances', integer('N', 0, 10_000)))
      return async (context, [target, n], options) =>
        printResults(
          context,
          'scale',
          await context.request('scale', {
            target: target!,
            instances: integer('N', 0, 10_000)(n!),
            noWait: options.wait === false,
          }),
        )
    },
  },
  {
    name: 'set',
    group: 'processes',
    summary: 'change definitions',
    define: (command) => {
      addDefinitionOptions(withNames(command), true).addHelpText(
        'after',
        '\nExamples:\n  ptrack set web --max-memory 512M\n  ptrack set web --timeout none\n  ptrack set web --on failed,crash-loop exec:./alarm.sh\n  ptrack set nightly --cron none\n  ptrack set web -- node other.js',
      )
      return async (context, args, options, argv) => {
        // What stands behind `--` is the new command.
        const dashes = argv.indexOf('--')
        const words = dashes === -1 ? [] : argv.slice(dashes + 1)
        const targets = args.slice(0, args.length - words.length)
        if (targets.length === 0)
          throw new PtrackError('USAGE', 'cannot set: no name was given', { hint: 'write `ptrack set NAME --max-memory 512M`' })
        return printResults(
          context,
          'set',
          await context.request('set', { targets, changes: await changesOf(context, options, words) }),
        )
      }
    },
  },
]
