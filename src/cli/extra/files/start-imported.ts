/** Starts what an imported file describes: new ones start, the same ones are left, others are refused before anything starts. */
import type { FileProcess, ReadFile } from '../../../files/file-process.ts'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { callerEnv } from '../../caller-env.ts'
import type { Context } from '../../context.ts'
import { printResults, worstCode } from '../../results.ts'

interface Start {
  definition: DefinitionInput
  env: Record<string, string>
  cleanEnv: boolean
  instances: number
  autostart: boolean
}

/**
 * Instances share one environment. Those that have to differ (PORT of a Procfile, NODE_APP_INSTANCE) become processes of
 * their own, NAME-0 .. NAME-N, with the tag NAME.
 */
function startsOf({ definition, env, cleanEnv, instances, autostart, instanceEnv }: FileProcess): Start[] {
  if (instances === 1) return [{ definition, env: { ...env, ...instanceEnv[0] }, cleanEnv, instances, autostart }]
  if (instanceEnv.length === 0) return [{ definition, env, cleanEnv, instances, autostart }]
  return instanceEnv.map((own, index) => ({
    definition: { ...definition, name: `${definition.name}-${index}`, tags: [...(definition.tags ?? []), definition.name] },
    env: { ...env, ...own },
    cleanEnv,
    instances: 1,
    autostart,
  }))
}

/** Those that others wait for first; `after` names every process that one of the file became. */
export function inOrder(processes: readonly FileProcess[]): Start[] {
  const made = new Map(processes.map((one) => [one.definition.name, startsOf(one)]))
  const ordered: Start[] = []
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${name}: ${[...path.slice(path.indexOf(name)), name].join(' waits for ')}`,
        {
          hint: 'take one of them out',
        },
      )
    if (done.has(name)) return
    const after = made.get(name)![0]!.definition.after ?? []
    for (const other of after) if (made.has(other.name)) visit(other.name, [...path, name])
    done.add(name)
    for (const start of made.get(name)!) {
      const each = after.flatMap((other) => (made.get(other.name) ?? []).map((one) => ({ ...other, name: one.definition.name })))
      ordered.push({ ...start, definition: { ...start.definition, ...(after.length > 0 ? { after: each } : {}) } })
    }
  }
  for (const name of made.keys()) visit(name, [])
  return ordered
}

export async function startImported(context: Context, read: ReadFile, report: object): Promise<number> {
  if (context.remote !== null)
    throw new PtrackError(
      'USAGE',
      `cannot import ${read.file} into ${context.remote.name}: its paths and commands are of this machine`,
      {
        hint: 'call it there, or with --context local',
      },
    )
  const held = new Set(read.processes.filter(({ autostart }) => !autostart).map(({ definition }) => definition.name))
  const wanted = read.processes.filter(({ definition }) => !held.has(definition.name))
  for (const { definition } of wanted) {
    const other = definition.after?.find(({ name }) => held.has(name))
    if (other)
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${definition.name}: it waits for ${other.name}, which is not to be started`,
        { hint: 'change one of them' },
      )
  }
  const starts = inOrder(wanted)
  const views = await context.request('list', {})
  const fresh: Start[] = []
  const same: ActionResult[] = []
  for (const start of starts) {
    const { definition } = start
    const view = views.find(({ name }) => name === definition.name || name === `${definition.name}:0`)
    if (view === undefined) fresh.push(start)
    else if (view.cwd === definition.cwd && JSON.stringify(view.command) === JSON.stringify(definition.command))
      same.push({ name: definition.name, ok: true, note: 'is there already, and left as it is', view, error: null, tail: [] })
    else
      throw new PtrackError('DUPLICATE_NAME', `cannot import ${definition.name}: there is another process of that name`, {
        hint: `\`ptrack delete ${definition.name}\` makes room, --only takes the others; nothing was started`,
      })
  }
  const results: ActionResult[] = []
  // Who is waited for has to be known first; the rest start together.
  for (const level of levels(fresh)) results.push(...(await Promise.all(level.map((start) => startOne(context, start)))).flat())
  const all: ActionResult[] = [...same, ...results]
  if (context.json) {
    const failed = all.find(({ ok }) => !ok)
    context.printJson({ ...(failed?.error ? { error: failed.error } : {}), ...report, results: all })
    return worstCode(all)
  }
  for (const name of held) context.say(`${name} is not started, as the file says`)
  return all.length === 0 ? 0 : printResults(context, 'start', all)
}

function levels(starts: readonly Start[]): Start[][] {
  const depths = new Map<string, number>()
  const found: Start[][] = []
  for (const start of starts) {
    const { name, after = [] } = start.definition
    const depth = 1 + Math.max(-1, ...after.map((other) => depths.get(other.name) ?? -1))
    depths.set(name, depth)
    found[depth] ??= []
    found[depth].push(start)
  }
  return found
}

async function startOne(context: Context, { definition, env, cleanEnv, instances }: Start): Promise<ActionResult[]> {
  try {
    return await context.request('start', {
      definition,
      env: { caller: callerEnv(context.io.env, cleanEnv), set: env },
      ...(instances > 1 ? { instances } : {}),
    })
  } catch (error) {
    return [{ name: definition.name, ok: false, note: null, view: null, error: toErrorBody(error), tail: [] }]
  }
}
