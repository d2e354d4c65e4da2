/** run --fleet: a job that the fleet places on one of its nodes. */
import { PtrackError } from '../../../protocol/errors.ts'
import { NODE_OR_TAG } from '../../../protocol/fleet.ts'
import { ON_LOST, type OnLost } from '../../../protocol/fleet-jobs.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { type DefinitionOptions, withoutNone } from '../../input/definition-options.ts'
import { captureEnv, type EnvOptions, newDefinition } from '../../input/new-process.ts'
import { waitingWords } from '../fleet/job-words.ts'

type Options = DefinitionOptions &
  EnvOptions & {
    name?: string
    owner?: string
    detach?: boolean
    node?: string
    onLost?: string
    project?: string
    replace?: boolean
    rm?: boolean
    interactive?: boolean
    progress: boolean
  }

const no = (why: string, hint?: string): PtrackError =>
  new PtrackError('USAGE', `cannot run in the fleet: ${why}`, hint === undefined ? {} : { hint })

export async function runInFleet(context: Context, words: string[], raw: Record<string, unknown>): Promise<number> {
  const options = raw as unknown as Options
  const { node, onLost = 'keep' } = options
  if (typeof options.cron === 'string')
    throw no('a fleet does not run jobs by the clock yet', '`ptrack run --node NODE -d --cron ...` does, on one node')
  if (node !== undefined && !NODE_OR_TAG.test(node))
    throw no(`${JSON.stringify(node)} is no name of a node, and no tag:TAG`, '`ptrack fleet ls` lists them')
  if (!(ON_LOST as readonly string[]).includes(onLost))
    throw no(`--on-lost ${onLost} is not possible yet`, `it may be ${ON_LOST.join(', ')}`)
  for (const option of ['project', 'replace', 'rm', 'interactive'] as const)
    if (options[option] !== undefined) throw no(`--${option} is not possible there`)
  if (options.cwd !== undefined && !options.cwd.startsWith('/'))
    throw no(`the directory ${options.cwd} is none of every node`, 'give its whole path there')
  const definition = { ...newDefinition({ ...context.io, cwd: '/' }, words, options, true), kind: 'job' as const }
  if (!options.detach) {
    if (definition.tty === true) throw no('--tty is not possible there in the foreground', 'add -d, and attach to NAME@fleet')
    if (context.io.stdinKind() === 'given' && !definition.stdin)
      throw no('stdin does not travel to another machine', 'add `< /dev/null`, or -d, and let the command read its input there')
  }
  if (options.cwd === undefined) context.note(`it runs in / with none of this shell's environment; --cwd and --env set them`)
  const job = await context.request('fleet.run', {
    definition,
    set: captureEnv(context.io, options).set,
    onLost: onLost as OnLost,
    after: afterNames(options),
    ...(node === undefined ? {} : { node }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
  })
  if (!options.detach) return (await import('./follow-in-fleet.ts')).followInFleet(context, job, definition, options)
  if (context.json) context.printJson(job)
  else {
    context.print(`${clean(job.name)} ${job.id}`)
    if (job.node !== null) context.note(`${clean(job.name)} goes to ${job.node}`)
    else if (job.state === 'pending') context.note(`${clean(job.name)} ${waitingWords(job)}`)
  }
  return 0
}

function afterNames(options: Options): string[] {
  const after = options.after === undefined ? [] : (withoutNone(options.after) ?? [])
  return after.map(({ name, condition }) => {
    if (condition !== undefined && condition !== null && condition !== 'done')
      throw no(`it cannot wait until ${name} is ${condition}`, 'only for a job of the fleet to be done')
    return name
  })
}
