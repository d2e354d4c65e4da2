/** up: plans and applies a ptrack.yaml. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { reportError } from '../../output/error-output.ts'
import { bringUp, choose, planAsJson, planFor, refuseTaken } from './bring-up.ts'
import { refuseForeign } from './foreign.ts'
import { locate, readHere, refuseRemote } from './locate.ts'
import { projectOfFile } from './project.ts'

export interface UpOptions {
  file?: string
  only?: string[]
  profile?: string[]
  prune?: boolean
  dryRun?: boolean
  watch?: boolean
  timeout?: number
  project?: string
}

export async function up(context: Context, options: UpOptions): Promise<number> {
  refuseRemote(context, 'up')
  if (options.prune && options.only !== undefined)
    throw new PtrackError('USAGE', 'cannot prune with --only: what a file no longer names is told by the whole of it', {
      hint: 'leave out one of the two',
    })
  const file = locate(context, options.file)
  if (options.file !== undefined) refuseForeign(file, options.file, 'bring up')
  if (!options.watch) return once(context, file, options, new Set())
  return watched(context, file, options)
}

async function once(context: Context, file: string, options: UpOptions, reads: Set<string>): Promise<number> {
  const read = readHere(context, file, { profiles: options.profile, only: options.only }, reads)
  const processes = choose(file, read.processes, options.only)
  const names = new Set(processes.map(({ definition }) => definition.name))
  const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter((name) => !names.has(name))
  const project = await projectOfFile(context, file, options.project ?? read.project)
  const plan = await planFor(context, { file, project, processes, kept, partly: options.only !== undefined })
  refuseTaken(plan, { byHand: false })
  if (context.json && options.dryRun) {
    context.printJson(planAsJson(plan))
    return 0
  }
  return bringUp(context, plan, options)
}

/** Editors write a file in several steps. */
const SETTLED_MS = 200

async function watched(context: Context, file: string, options: UpOptions): Promise<number> {
  const { watch } = await import('chokidar')
  const reads = new Set([file])
  let running: Promise<void> = Promise.resolve()
  const watcher = watch([file], { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 50 } })
  // From before it is read: a change in between would be passed over.
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  const round = async (): Promise<void> => {
    try {
      await reached(context, (connected) => once(connected, file, options, reads))
    } catch (error) {
      // Reported, and nothing is changed; the next version of the file may be right.
      reportError(context.names.error(error), {
        json: context.json,
        style: context.errStyle,
        debug: false,
        out: context.io.out,
        err: context.io.err,
      })
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

/** The previous round's daemon may be gone: each round has its own connection, and repeats what a dying daemon left undone. */
async function reached(context: Context, work: (connected: Context) => Promise<unknown>, again = true): Promise<void> {
  const client = await context.connectFresh()
  try {
    await work({
      ...context,
      client: async () => client,
      request: async (method, params) => context.names.reply(await client.request(method, params)),
    })
  } catch (error) {
    if (!again || !(error instanceof PtrackError) || error.code !== 'UNREACHABLE') throw error
    context.note('the daemon is gone, once more with the next')
    await reached(context, work, false)
  } finally {
    client.close()
  }
}
