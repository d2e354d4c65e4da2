/** run --fleet in the foreground: until it has a node, and from then on as `run` does it there. */
import { constants } from 'node:os'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { FleetJobView } from '../../../protocol/fleet-jobs.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { shellCode } from '../../output/shell-code.ts'
import { jobWords, waitingWords } from '../fleet/job-words.ts'
import { type Placed, untilPlaced } from '../fleet/until-placed.ts'
import { runInForeground } from './foreground.ts'
import { reportEnd } from './report-end.ts'

/** Begun by nobody. */
const NEVER_BEGAN = 1

export async function followInFleet(
  context: Context,
  job: FleetJobView,
  { stopSignal }: DefinitionInput,
  { progress }: { progress: boolean },
): Promise<number> {
  if (job.state === 'pending') context.note(`${clean(job.name)} ${waitingWords(job)}`)
  const { placed, interruptedBy } = await untilPlace(context, job)
  if (placed === null || placed.is === 'ended') {
    if (interruptedBy !== null) return 128 + constants.signals[interruptedBy]
    if (context.json) context.printJson(placed!.job)
    else context.note(`${clean(job.name)} has ended before it ran: ${jobWords(placed!.job)}`)
    return NEVER_BEGAN
  }
  const { node, there, view } = placed
  context.note(`${clean(job.name)} runs on ${node}`)
  try {
    const ended = await runInForeground(there, view, {
      withBar: progress && context.io.stderrIsTty && !context.json,
      interrupt: stopSignal ?? 'SIGINT',
    })
    if (context.json) there.printJson(ended.view)
    else reportEnd(there, ended.view)
    const signal = ended.interruptedBy ?? interruptedBy
    return signal === null ? shellCode(ended.view) : 128 + constants.signals[signal]
  } finally {
    there.close()
  }
}

/** Ctrl-C takes it back; a second one leaves that to the fleet. */
async function untilPlace(
  context: Context,
  { id, name }: FleetJobView,
): Promise<{ placed: Placed | null; interruptedBy: NodeJS.Signals | null }> {
  const enough = new AbortController()
  let interruptedBy: NodeJS.Signals | null = null
  const stopListening = context.io.onInterrupt((signal) => {
    if (interruptedBy !== null) return enough.abort()
    interruptedBy = signal
    context.note(`cancelling ${clean(name)}; Ctrl-C again does not wait for it`)
    context.request('fleet.cancel', { words: [id] }).catch((error: unknown) => {
      if (!(error instanceof PtrackError)) throw error
      context.note(clean(error.message))
    })
  })
  try {
    return { placed: await untilPlaced(context, id, { untilMono: null, signal: enough.signal }), interruptedBy }
  } finally {
    stopListening()
  }
}
