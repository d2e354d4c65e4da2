/** counts: how many ran, waited, ended and failed, over a time. From the history and what lives, so nothing is kept for it. */
import { iso } from '../../core/iso.ts'
import { RunCounts } from '../../core/run-counts.ts'
import { spansOf, waitingSince } from '../../core/run-spans.ts'
import { limits } from '../../protocol/limits.ts'
import { hasFailed } from '../../protocol/names.ts'
import type { CountsView } from '../../protocol/overview.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { chosen, chosenRows, present } from './shared/chosen.ts'
import { noticesOf, scanHistory } from './shared/history-rows.ts'
import { liveSince } from './shared/live-runs.ts'
import { pastTime } from './shared/past-time.ts'

export async function counts(supervisor: Supervisor, params: Params<'counts'>): Promise<CountsView> {
  const { sinceMs, untilMs } = pastTime(supervisor, params, 'count')
  const counted = new RunCounts(sinceMs, untilMs, params.buckets)
  const isWanted = chosenRows(supervisor, params)
  let rows = 0
  const { unreadable } = await scanHistory(supervisor, { sinceMs }, (row) => {
    if (!isWanted(row)) return true
    if (++rows > limits.countedRuns) return false
    const endedMs = Date.parse(row.endedAt)
    counted.addRunning(endedMs - row.durationMs, endedMs)
    counted.addEnd(endedMs, hasFailed(row.outcome))
    for (const { kind, from, to } of row.spans ?? [])
      if (kind === 'waiting') counted.addWaiting(Date.parse(from), to === null ? endedMs : Date.parse(to))
    return true
  })
  for (const managed of chosen(supervisor, { ...params, targets: present(supervisor, params.targets) })) {
    const since = waitingSince(managed.record.timeline)
    if (since !== null) counted.addWaiting(Date.parse(since), Number.POSITIVE_INFINITY)
    const beganMs = liveSince(managed)
    if (beganMs === null) continue
    counted.addRunning(beganMs, Number.POSITIVE_INFINITY)
    for (const { kind, from, to } of spansOf(managed.record.timeline, managed.record.tracked.runNumber, null))
      if (kind === 'waiting' && to !== null) counted.addWaiting(Date.parse(from), Date.parse(to))
  }
  return {
    since: iso(sinceMs),
    until: iso(untilMs),
    bucketMs: (untilMs - sinceMs) / params.buckets,
    buckets: counted.view(),
    notices: [
      ...noticesOf(unreadable),
      ...(rows > limits.countedRuns ? [`only the last ${limits.countedRuns} runs are counted`] : []),
    ],
  }
}
