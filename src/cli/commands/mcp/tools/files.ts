/** up and down: what a file says. The commands of the CLI do it; here it is answered. */
import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type ErrorBody, PtrackError } from '../../../../protocol/errors.ts'
import type { ActionResult } from '../../../../protocol/requests.ts'
import type { Context } from '../../../context.ts'
import { type Answer, facts, failed, ok, page } from '../answer.ts'
import { flag, takes } from '../schema.ts'
import { type Args, type Call, secondsOf, type Tool } from '../tool.ts'
import { resultFacts } from './acting.ts'
import * as fields from './fields.ts'

interface Planned {
  name: string
  change: string
  act: string | null
  fields: { field: string }[]
}

/** In the directory, or above it: a file elsewhere is that of another project. */
async function fileOf({ context, scope, directory }: Call, named: string | undefined, verb: 'up' | 'down'): Promise<string> {
  const { locate } = await import('../../up/locate.ts')
  const file = locate(context, named)
  const its = real(dirname(resolve(directory, file)))
  const here = real(directory)
  if (scope.all || here === its || here.startsWith(its === '/' ? its : `${its}/`)) return file
  throw new PtrackError('USAGE', `cannot bring ${verb} ${file}: its directory is another project than ${scope.project}`, {
    hint: '`ptrack mcp --all` is about every project',
  })
}

function real(directory: string): string {
  try {
    return realpathSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return directory
  }
}

const limitMs = (args: Args): number => secondsOf(args, 120) + 2000

function answered(call: Call, results: readonly ActionResult[], error: ErrorBody | undefined, plan: Planned[] = []): Answer {
  const planned = plan.map(({ name, change, act, fields: changed }) =>
    facts({ name, change, act, fields: changed.length > 0 ? changed.map(({ field }) => field) : null }),
  )
  const { items, ...more } = page(
    results.map((each) => resultFacts(each, call.scope)),
    undefined,
  )
  const shown = {
    ...(planned.length > 0
      ? {
          plan: page(
            planned.filter(({ change }) => change !== 'unchanged'),
            undefined,
          ).items,
          unchanged: planned.filter(({ change }) => change === 'unchanged').length || null,
        }
      : {}),
    processes: items,
    ...more,
  }
  return error ? failed(error, shown) : ok(shown)
}

const up: Tool = {
  name: 'up',
  title: 'Bring a file up',
  description:
    'Starts, changes and (with `prune`) removes processes so that they are as a file says: ptrack.yaml, Procfile, process-compose.yaml or ecosystem.config.js. Done again, it changes nothing. `dryRun` answers with the plan.',
  schema: takes({
    file: fields.file,
    only: {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: 120 },
      minItems: 1,
      maxItems: 100,
      description: 'only these, with the processes they wait for',
    },
    prune: flag('delete processes that are no longer in the file'),
    dryRun: flag('answer with the plan, and do nothing'),
    keep: fields.keep,
    timeout: fields.timeout(120, 'until all is up'),
  }),
  needs: 'start',
  hints: { again: true },
  limitMs,
  async call(call, { only, prune, dryRun, keep, timeout, file: named }) {
    const file = await fileOf(call, named, 'up')
    const { up: bringUp } = await import('../../up/up.ts')
    const options = { file, only, prune, dryRun, timeout: secondsOf({ timeout }, 120) }
    const printed = await call.printing((own) => bringUp(startingLike(own, call.starting(keep === true)), options))
    if (Array.isArray(printed)) return answered(call, [], undefined, printed as Planned[])
    const { error, plan, results } = printed as { error?: ErrorBody; plan: Planned[]; results: ActionResult[] }
    return answered(call, results, error, plan)
  },
}

/** It asks as `starting` does, and prints as `own` does. */
const startingLike = (own: Context, starting: Context): Context => ({ ...own, request: starting.request })

const down: Tool = {
  name: 'down',
  title: 'Take a file down',
  description: 'Stops what a file has brought up, in reverse order; with `delete` it deletes that too. Logs and results stay.',
  schema: takes({
    file: fields.file,
    delete: flag('delete the processes too'),
    timeout: fields.timeout(120, 'until all has ended'),
  }),
  needs: 'delete',
  hints: { destroys: true, again: true },
  limitMs,
  async call(call, args) {
    const file = await fileOf(call, args.file, 'down')
    const { down: takeDown } = await import('../../down/down.ts')
    const printed = await call.printing((own) => takeDown(own, { file, delete: args.delete }))
    if (Array.isArray(printed)) return answered(call, printed as ActionResult[], undefined)
    const { error, results } = printed as { error?: ErrorBody; results: ActionResult[] }
    return answered(call, results ?? [], error)
  },
}

export const ofFiles: readonly Tool[] = [up, down]
