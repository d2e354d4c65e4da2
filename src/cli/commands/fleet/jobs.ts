/** fleet jobs|cancel: what the fleet has placed, or will, and its end. */
import type { FleetJobState, FleetJobView } from '../../../protocol/fleet-jobs.ts'
import { durationWords } from '../../../words/status.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { tableText } from '../../output/table.ts'
import { jobWords } from './job-words.ts'

export async function listJobs(context: Context, words: string[], all: boolean): Promise<number> {
  const jobs = await context.request('fleet.jobs', { words, open: !all })
  if (context.json) {
    context.printJson(jobs)
    return 0
  }
  const { style } = context
  const nowMs = Date.now()
  const paint: Record<FleetJobState, (text: string) => string> = {
    pending: style.dim,
    given: style.dim,
    running: style.green,
    unknown: style.yellow,
    ended: (text) => text,
  }
  context.io.out(
    tableText(context, jobs, [
      { title: 'job', of: ({ name }) => clean(name), paint: () => style.bold, shrinkTo: 10 },
      { title: 'id', of: ({ id }) => id },
      { title: 'state', of: ({ state }) => state, paint: ({ state }) => paint[state] },
      { title: 'for', of: ({ since }) => durationWords(Math.max(0, nowMs - Date.parse(since))), align: 'right' },
      { title: 'node', of: ({ node, where }) => node ?? (where === null ? '-' : `(${where})`) },
      { title: 'fence', of: ({ fence }) => (fence === null ? '-' : String(fence)), align: 'right' },
      { title: '', of: jobWords, shrinkTo: 20 },
    ]),
  )
  if (!all && words.length === 0 && jobs.length === 0) context.note('no job of the fleet waits or runs; --all shows ended ones')
  return 0
}

export async function cancelJobs(context: Context, words: string[]): Promise<number> {
  const jobs = await context.request('fleet.cancel', { words })
  if (context.json) context.printJson(jobs)
  else for (const job of jobs) context.print(cancelWords(job))
  return 0
}

function cancelWords({ name, state, node, outcome, cancelledBy }: FleetJobView): string {
  if (state === 'ended') {
    const before = outcome!.status === 'cancelled' && cancelledBy !== null
    return before ? `${clean(name)} cancelled` : `${clean(name)} had ended already (${outcome!.status})`
  }
  return state === 'unknown'
    ? `${clean(name)} will be cancelled when ${node} is back`
    : `${clean(name)} is being cancelled on ${node}`
}
