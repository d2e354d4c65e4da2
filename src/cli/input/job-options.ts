/** Options about when and how often something runs: queue, retries, cron, what it comes after, what watches it. */
import type { Command } from 'commander'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Context } from '../context.ts'
import * as parse from './parse.ts'

type Condition = 'started' | 'healthy' | 'done'
type Hook = NonNullable<DefinitionInput['hooks']>[number]
type OrNone<T> = T | typeof parse.NONE

export interface JobOptions {
  timeout?: number | null
  retries?: number
  retryInitial?: number
  retryMax?: number
  retryFactor?: number
  retryJitter?: boolean
  retryOn?: ('failure' | 'timeout')[]
  retryInterrupted?: boolean
  priority?: number
  after?: OrNone<{ name: string; condition: Condition | null }>[]
  cron?: string | null
  cronOverlap?: 'skip' | 'queue'
  watchFiles?: OrNone<string>[]
  on?: OrNone<Hook>[]
}

const asText = (text: string): string => text
const retryCauses = (text: string): ('failure' | 'timeout')[] =>
  text.split(',').map(parse.choice('--retry-on', ['failure', 'timeout'] as const))

/** A name may hold `:` itself (instances), so only a known condition behind the last one is a condition. */
function after(text: string): { name: string; condition: Condition | null } {
  const [, name, condition] = /^(.+):(started|healthy|done)$/.exec(text) ?? []
  return name === undefined ? { name: text, condition: null } : { name, condition: condition as Condition }
}

/** The daemon knows the words; here only the form is read. */
export function hook(text: string): Hook {
  const [on, run] = parse.pair('--on', 'failed,done exec:COMMAND')(text)
  return { on: on.split(','), run }
}

/** `flag` adds a switch, and in `set` its negation. */
export function addJobOptions(command: Command, flag: (name: string, text: string) => void, forSet: boolean): void {
  const pause = (name: string): ((text: string) => number) => parse.duration(name)
  command
    .optionsGroup('Scheduling and retries:')
    .option(
      '--timeout <time>',
      'end a run that takes longer (default: 2h for a job); none = no limit',
      parse.orNone(pause('--timeout')),
    )
    .option('--priority <n>', 'higher runs first in the queue (default: 0)', parse.integer('--priority', -1000, 1000))
    .option('--retries <n>', 'how often to retry a failed job (default: 0)', parse.integer('--retries', 0, 1_000_000))
    .option('--retry-initial <time>', 'delay before the first retry (default: 1s)', pause('--retry-initial'))
    .option('--retry-max <time>', 'longest delay between retries (default: 5m)', pause('--retry-max'))
    .option('--retry-factor <n>', 'backoff multiplier (default: 2)', parse.number('--retry-factor', 1, 100))
    // Alone, the negation would be sent as true whenever it is not given.
    .addOption(command.createOption('--retry-jitter', 'vary the delays randomly').hideHelp(!forSet))
    .option('--no-retry-jitter', 'use the delays exactly as computed')
    .option('--retry-on <causes>', 'retry after failure, timeout or both, with a comma (default: failure)', retryCauses)
  flag('retry-interrupted', 'retry a job whose outcome was lost')
  command
    .option(
      '--after <name[:when]>',
      'start once NAME is started, healthy or done (default: done for a job, healthy for a service; repeatable)',
      parse.collect(parse.orNone(after)),
    )
    .option('--cron <expr>', 'cron schedule: five or six fields, or @daily and the like', parse.orNone(asText))
    .option(
      '--cron-overlap <what>',
      'skip | queue a turn that comes while a run is active (default: skip)',
      parse.choice('--cron-overlap', ['skip', 'queue'] as const),
    )
    .option(
      '--watch-files <glob>',
      "restart when a matching file changes; '!GLOB' leaves files out (repeatable)",
      parse.collect(parse.orNone(asText)),
    )
    .option(
      '--on <triggers> <action>',
      'run an action, such as: failed,done exec:CMD | webhook:URL | mail:ADDRESS (repeatable)',
      parse.collect(parse.orNone(hook)),
    )
}

const given = <T>(list: OrNone<T>[] | undefined): T[] | undefined =>
  list?.filter((one): one is Exclude<OrNone<T>, typeof parse.NONE> => one !== parse.NONE)

/** All but `after`, whose condition may depend on what it names: see `afterFields`. */
export const jobFields = (options: JobOptions): Partial<DefinitionInput> => ({
  timeoutMs: options.timeout,
  retries: options.retries,
  retryInitialMs: options.retryInitial,
  retryMaxMs: options.retryMax,
  retryFactor: options.retryFactor,
  retryJitter: options.retryJitter,
  retryOn: options.retryOn,
  retryInterrupted: options.retryInterrupted,
  priority: options.priority,
  cron: options.cron,
  cronOverlap: options.cronOverlap,
  watchFiles: given(options.watchFiles),
  hooks: given(options.on),
})

/** What a word names among the processes that ptrack knows. */
export async function known(context: Context, word: string): Promise<ProcessView[]> {
  try {
    return await context.request('list', { targets: [word], all: true })
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

/** Without a condition: what runs to an end has to be done, what serves has to be healthy. Unknown names are the daemon's to refuse. */
export async function afterFields(context: Context, options: JobOptions): Promise<Pick<DefinitionInput, 'after'>> {
  const list = given(options.after)
  if (list === undefined) return {}
  const standard = async (name: string): Promise<Condition> => {
    const [view] = await known(context, name)
    return view === undefined || view.kind === 'service' ? 'healthy' : 'done'
  }
  const after: DefinitionInput['after'] = []
  for (const { name, condition } of list) after.push({ name, condition: condition ?? (await standard(name)) })
  return { after }
}
