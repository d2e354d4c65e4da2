/** up and down: what a ptrack.yaml says becomes so, or ends. */
import { existsSync } from 'node:fs'
import type { PtrackYaml } from '../../../files/yaml/read.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { reportError } from '../../output/error-output.ts'
import { printResults } from '../../output/results.ts'
import { bringUp, choose, otherFileOf, planAsJson, planFor, refuseTaken } from './bring-up.ts'
import { existing } from './existing.ts'
import { foreignFormat, refuseForeign } from './foreign.ts'
import { locate, readHere, refuseRemote } from './locate.ts'

export interface UpOptions {
  file?: string
  only?: string[]
  profile?: string[]
  prune?: boolean
  dryRun?: boolean
  watch?: boolean
  timeout?: number
}
export interface DownOptions {
  file?: string
  delete?: boolean
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

/** Reads, plans and applies; a file with a mistake in it changes nothing. */
async function once(context: Context, file: string, options: UpOptions, reads: Set<string>): Promise<number> {
  const read = readHere(context, file, { profiles: options.profile, only: options.only }, reads)
  const processes = choose(file, read.processes, options.only)
  const names = new Set(processes.map(({ definition }) => definition.name))
  const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter((name) => !names.has(name))
  const plan = await planFor(context, { file, processes, kept, partly: options.only !== undefined })
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
  const watcher = watch([], { ignoreInitial: true, awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 50 } })
  const round = async (): Promise<void> => {
    try {
      await reached(context, (connected) => once(connected, file, options, reads))
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

/** The daemon of the last round may be gone: each has a connection of its own, and what a dying daemon left undone is done again. */
async function reached(context: Context, work: (connected: Context) => Promise<unknown>, again = true): Promise<void> {
  const client = await context.connectFresh()
  try {
    await work({ ...context, client: async () => client, request: (method, params) => client.request(method, params) })
  } catch (error) {
    if (!again || !(error instanceof PtrackError) || error.code !== 'UNREACHABLE') throw error
    context.note('the daemon is gone, once more with the next')
    await reached(context, work, false)
  } finally {
    client.close()
  }
}

/**
 * Stops all that the file names or has brought, of whatever profile; who waits for others ends before them. Of a file of
 * another supervisor, and of one that is gone, it is what `import` or `up` has brought of it.
 */
export async function down(context: Context, options: DownOptions): Promise<number> {
  refuseRemote(context, 'down')
  const file = locate(context, options.file)
  const read = !existsSync(file) || foreignFormat(file) !== null ? null : readable(context, file)
  const named = read ? [...read.processes.map(({ definition }) => definition.name), ...read.inactive] : []
  const names = new Set(named)
  const found = await existing(context, { names, file })
  const has = found.filter((each) => otherFileOf(each, file) === null)
  for (const each of found) {
    const other = otherFileOf(each, file)
    if (other !== null) context.note(`${each.name} is left alone: ${other} brought it`)
  }
  // A file that is not there, or has a mistake, and has brought nothing: why is what reading it says.
  if (found.length === 0 && read === null && (!existsSync(file) || foreignFormat(file) === null)) readHere(context, file, {})
  const verb = options.delete ? 'delete' : 'stop'
  if (has.length === 0) return printResults(context, verb, [])
  const targets = has.map(({ name }) => name)
  return printResults(context, verb, await context.request(verb, { targets }))
}

/** null for a file with a mistake in it: what it has brought is known without it. */
function readable(context: Context, file: string): PtrackYaml | null {
  try {
    return readHere(context, file, {})
  } catch (error) {
    if (!(error instanceof PtrackError) || error.code !== 'BAD_FILE') throw error
    context.note(`${error.message}; what ${file} has brought is ended all the same`)
    return null
  }
}
