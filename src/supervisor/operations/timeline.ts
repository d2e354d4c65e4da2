/** timeline: the runs of many in a time, with waits, pauses and what is expected. */
import { iso, isoOrNull } from '../../core/iso.ts'
import { spansOf, waitingSince } from '../../core/run-spans.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { HistoryRow } from '../../protocol/history.ts'
import type { TimelineProcess, TimelineRun, TimelineView } from '../../protocol/overview.ts'
import { namesOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { chosen, chosenRows, present } from './shared/chosen.ts'
import { noticesOf, scanHistory } from './shared/history-rows.ts'
import { liveSince, presentRunOf } from './shared/live-runs.ts'

export async function timeline(supervisor: Supervisor, params: Params<'timeline'>): Promise<TimelineView> {
  const nowMs = supervisor.world.clock.wall()
  const untilMs = params.untilMs ?? nowMs
  let { sinceMs } = params
  if (sinceMs >= untilMs) throw new PtrackError('BAD_REQUEST', 'cannot show a timeline: the time ends before it begins')
  const processes = new Map<string, TimelineProcess>()
  const isWanted = chosenRows(supervisor, params)
  let taken = 0
  const { unreadable } = await scanHistory(supervisor, { sinceMs }, (row) => {
    if (Date.parse(row.startedAt) > untilMs || !isWanted(row)) return true
    if (taken === params.max) {
      sinceMs = Date.parse(row.endedAt)
      return false
    }
    taken++
    entryOf(processes, row).runs.unshift(ended(row))
    return true
  })
  for (const managed of chosen(supervisor, { ...params, targets: present(supervisor, params.targets) })) {
    const live = liveRun(supervisor, managed)
    const waiting = waitOf(supervisor, managed)
    if (live === null && waiting === null) continue
    if (live !== null && Date.parse(live.startedAt) > untilMs && waiting === null) continue
    const { id, owner, definition } = managed.record
    const entry = entryOf(processes, { id, owner, ...definition })
    entry.waiting = waiting
    if (live !== null) entry.runs.push(live)
  }
  return { since: iso(sinceMs), until: iso(untilMs), processes: [...processes.values()], notices: noticesOf(unreadable) }
}

function entryOf(
  processes: Map<string, TimelineProcess>,
  { id, name, kind, type, owner }: Pick<HistoryRow, 'id' | 'name' | 'kind' | 'type' | 'owner'>,
): TimelineProcess {
  const known = processes.get(id)
  if (known !== undefined) return known
  const entry: TimelineProcess = { id, ...namesOf(name), kind, type, owner, runs: [], waiting: null }
  processes.set(id, entry)
  return entry
}

const ended = ({ run, runId, startedAt, endedAt, outcome, reason, spans = [] }: HistoryRow): TimelineRun => ({
  ...{ run, runId, startedAt, endedAt, outcome, reason, spans },
  expectedEndAt: null,
})

function liveRun({ forecasts }: Supervisor, managed: Managed): TimelineRun | null {
  const run = presentRunOf(managed)
  const beganMs = liveSince(managed)
  if (run === null || beganMs === null) return null
  const { tracked, timeline } = managed.record
  return {
    run: run.number,
    runId: run.id,
    startedAt: iso(beganMs),
    endedAt: null,
    outcome: null,
    reason: tracked.reason,
    spans: spansOf(timeline, run.number, null),
    expectedEndAt: isoOrNull(forecasts.endOf(managed)),
  }
}

function waitOf({ views }: Supervisor, managed: Managed): TimelineProcess['waiting'] {
  const since = waitingSince(managed.record.timeline)
  if (since === null) return null
  const { reason, queue, retry, nextRunAt } = views.of(managed)
  return { since, reason, expectedStartAt: retry?.nextAt ?? queue?.expectedStartAt ?? nextRunAt }
}
