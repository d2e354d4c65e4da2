/** up and down: what a ptrack.yaml says becomes so, or ends. */
import { withDependencies } from '../../../files/order.ts'
import { type PlanEntry, planUp, singly } from '../../../files/plan.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { nearest } from '../../../protocol/suggest.ts'
import type { DownOptions, UpOptions } from '../../commands/files.ts'
import type { Context } from '../../context.ts'
import { reportError } from '../../error-output.ts'
import { printResults, worstCode } from '../../results.ts'
import { type Applied, apply } from './apply.ts'
import { existing, policies } from './existing.ts'
import { locate, readHere, refuseRemote } from './locate.ts'
import { planLines } from './plan-text.ts'

export async function up(context: Context, options: UpOptions): Promise<number> {
  refuseRemote(context, 'up')
  const file = locate(context, options.file)
  if (!options.watch) return once(context, file, options, new Set())
  return watched(context, file, options)
}

/** Reads, plans and applies; a file with a mistake in it changes nothing. */
async function once(context: Context, file: string, options: UpOptions, reads: Set<string>): Promise<number> {
  const read = readHere(context, file, { profiles: options.profile, only: options.only }, reads)
  const waiting = new Map(read.processes.map(({ definition }) => [definition.name, definition.after ?? []]))
  for (const name of options.only ?? [])
    if (!waiting.has(name)) {
      const near = nearest(name, [...waiting.keys()])
      throw new PtrackError('NOT_FOUND', `cannot bring up ${name}: ${file} has no process of that name`, {
        hint: near ? `did you mean ${near}?` : `it has ${[...waiting.keys()].join(', ') || 'none'}`,
      })
    }
  const chosen = options.only ? withDependencies(options.only, waiting) : null
  const processes = read.processes.filter(
    ({ definition, autostart }) =>
      (chosen?.has(definition.name) ?? true) && (autostart || options.only?.includes(definition.name)),
  )
  const names = new Set(processes.flatMap((each) => [each, ...singly(each)]).map(({ definition }) => definition.name))
  const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter((name) => !names.has(name))
  const facts = { file, policies: await policies(context) }
  const has = await existing(context, { names, file })
  const plan = planUp({ ...facts, processes, existing: has, kept })
  // With --only, what else the file names or has named is left alone.
  const entries = options.only ? plan.filter(({ change }) => change !== 'leaving') : plan
  const acting = entries.filter(({ act }) => act !== null && (act !== 'delete' || options.prune === true))
  if (context.json && options.dryRun) {
    context.printJson(entries.map(asJson))
    return 0
  }
  if (!context.json) {
    for (const line of planLines(entries, context.style, options.prune === true)) context.print(line)
    if (entries.length === 0) context.say('nothing to bring up')
  }
  if (options.dryRun) return 0
  const results: ActionResult[] = []
  await apply(context, acting, facts, (applied: Applied) => {
    results.push(...applied.results)
    if (!context.json) printResults(context, applied.verb, applied.results)
  })
  if (context.json) {
    const failed = results.find(({ ok }) => !ok)
    context.printJson({ ...(failed ? { error: failed.error } : {}), plan: entries.map(asJson), results })
  }
  return worstCode(results) === 0 ? 0 : 1
}

const asJson = ({ name, change, act, fields }: PlanEntry): Record<string, unknown> => ({ name, change, act, fields })

/** Editors write a file in several steps. */
const SETTLED_MS = 200

async function watched(context: Context, file: string, options: UpOptions): Promise<number> {
  const { watch } = await import('chokidar')
  const reads = new Set([file])
  let running: Promise<void> = Promise.resolve()
  const watcher = watch([], { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 50 } })
  const round = async (): Promise<void> => {
    try {
      await once(context, file, options, reads)
    } catch (error) {
      // Told, and nothing is changed; the next version of the file may be right.
      reportError(error, { json: context.json, style: context.errStyle, debug: false, out: context.io.out, err: context.io.err })
    }
    watcher.add([...reads])
  }
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      running = running.then(round)
    }, SETTLED_MS)
  })
  await round()
  context.note(`watching ${file}; Ctrl-C ends the watching, the processes go on`)
  await new Promise<void>((resolve) => {
    const stop = context.io.onInterrupt(() => {
      stop()
      resolve()
    })
  })
  clearTimeout(timer)
  await watcher.close()
  await running
  return 0
}

/** Stops all that the file names or has brought, of whatever profile; who waits for others ends before them. */
export async function down(context: Context, options: DownOptions): Promise<number> {
  refuseRemote(context, 'down')
  const file = locate(context, options.file)
  const read = readHere(context, file, {})
  const names = new Set([...read.processes.flatMap(singly).map(({ definition }) => definition.name), ...read.inactive])
  const has = await existing(context, { names, file })
  const verb = options.delete ? 'delete' : 'stop'
  if (has.length === 0) return printResults(context, verb, [])
  const targets = has.map(({ name }) => name)
  return printResults(context, verb, await context.request(verb, { targets }))
}
