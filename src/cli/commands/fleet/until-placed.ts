/** Waits until a job of the fleet is a process of some node. */
import { isAway } from '../../../client/log-stream.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { FLEET_WORD, type FleetJobView } from '../../../protocol/fleet-jobs.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { contextAt } from './context-at.ts'
import { waitingWords } from './job-words.ts'

const SOON_MS = 100
const LATER_MS = 1000

/** `there`: the node, as this command reaches it. */
export type Placed = { is: 'placed'; node: string; there: Context; view: ProcessView } | { is: 'ended'; job: FleetJobView }

export interface Waiting {
  untilMono: number | null
  signal: AbortSignal
}

/** null = aborted. Throws NOT_FOUND, and TIMED_OUT with `untilMono`. */
export async function untilPlaced(context: Context, word: string, { untilMono, signal }: Waiting): Promise<Placed | null> {
  let asked = false
  let said = ''
  for (let pauseMs = SOON_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 1.5, LATER_MS)) {
    try {
      const [job] = await context.request('fleet.jobs', { words: [word], open: false })
      asked = true
      const placed = await placeOf(context, job!)
      if (placed !== null) return placed
      if (untilMono !== null && monoMs() >= untilMono) throw timedOut(word, job!)
      const words = job!.state === 'pending' ? waitingWords(job!) : ''
      if (words !== '' && words !== said && pauseMs === LATER_MS) {
        context.note(`${clean(job!.name)} ${words}`)
        said = words
      }
    } catch (error) {
      // Of a fleet that was there a moment ago: it comes back, and its job waits as long.
      if (!asked || !isAway(error)) throw error
    }
    await pause(pauseMs, signal)
  }
  return null
}

/** null = there is no process of it yet. */
async function placeOf(context: Context, job: FleetJobView): Promise<Placed | null> {
  const { node, process, state } = job
  if (node === null || process === null) return state === 'ended' ? { is: 'ended', job } : null
  const there = await contextAt(context, node)
  try {
    const [view] = await there.request('list', { targets: [process], all: true })
    if (view !== undefined) return { is: 'placed', node, there, view }
  } catch (error) {
    there.close()
    // It has been claimed, and is not begun yet; or its node has just gone.
    if (!(error instanceof PtrackError) || (error.code !== 'NOT_FOUND' && !isAway(error))) throw error
  }
  return state === 'ended' ? { is: 'ended', job } : null
}

const timedOut = (word: string, { state, reason }: FleetJobView): PtrackError =>
  new PtrackError(
    'TIMED_OUT',
    `cannot wait longer for ${word}@${FLEET_WORD}: it is ${state}${reason === null ? '' : ` (${clean(reason)})`}`,
    { hint: `\`ptrack fleet jobs ${word}\` shows it` },
  )

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
