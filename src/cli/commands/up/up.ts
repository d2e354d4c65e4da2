/** up: plans and applies a ptrack.yaml. */

import type { FileChoices } from '../../../files/plan.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { reportError } from '../../output/error-output.ts'
import { bringUp, choose, planAsJson, planFor, refuseTaken } from './bring-up.ts'
import { choicesGiven, inWords, remembered } from './file-choices.ts'
import { foreignFormat } from './foreign.ts'
import { locate, refuseRemote } from './locate.ts'
import { projectOfFile } from './project.ts'
import { ignoredLine, readFile } from './read-file.ts'
import { forPrograms, reportLines } from './report.ts'

export interface UpOptions extends FileChoices {
  file?: string
  only?: string[]
  profile?: string[]
  prune?: boolean
  dryRun?: boolean
  watch?: boolean
  timeout?: number
  project?: string
  report?: boolean
}

export async function up(context: Context, options: UpOptions): Promise<number> {
  refuseRemote(context, 'up')
  if (options.prune && options.only !== undefined)
    throw new PtrackError('USAGE', 'cannot prune with --only: what a file no longer names is told by the whole of it', {
      hint: 'leave out one of the two',
    })
  const file = locate(context, options.file)
  if (!options.watch) return once(context, file, options, new Set())
  return watched(context, file, options)
}

async function once(context: Context, file: string, options: UpOptions, reads: Set<string>): Promise<number> {
  const given = choicesGiven(options)
  // A ptrack.yaml has none, and a mistake in it starts no daemon.
  const choices = foreignFormat(file) === null ? given : await remembered(context, file, given)
  const read = await readFile(context, file, { profiles: options.profile, only: options.only, choices }, reads)
  const processes = choose(file, read.processes, options.only)
  const names = new Set(processes.map(({ definition }) => definition.name))
  const kept = [...read.processes.map(({ definition }) => definition.name), ...read.inactive].filter((name) => !names.has(name))
  const project = await projectOfFile(context, file, options.project ?? read.project)
  const plan = await planFor(context, { file, project, processes, kept, choices, partly: options.only !== undefined })
  refuseTaken(plan, { byHand: false })
  const report = options.report ? forPrograms({ ...read, processes }) : null
  if (context.json && options.dryRun) {
    const entries = planAsJson(plan)
    context.printJson(report === null ? entries : { ...report, plan: entries })
    return 0
  }
  if (!context.json && report !== null) for (const line of reportLines(context, { ...read, processes })) context.say(line)
  const lost = report === null ? ignoredLine(read, `ptrack up -f ${file}${inWords(choices)} --dry-run --report`) : null
  if (lost !== null) context.note(lost)
  return bringUp(context, plan, options, report ?? {})
}

async function watched(context: Context, file: string, options: UpOptions): Promise<number> {
  const { onChange } = await import('./on-change.ts')
  const reads = new Set([file])
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
  }
  const watching = await onChange(reads, round)
  await watching.now()
  context.note(`watching ${file}; Ctrl-C ends the watching, the processes go on`)
  await new Promise<void>((resolve) => {
    const stop = context.io.onInterrupt(() => {
      stop()
      resolve()
    })
  })
  await watching.close()
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
