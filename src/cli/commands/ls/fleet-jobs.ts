/** Rows of ls --fleet for jobs of the fleet that no node's list shows as they are: those that wait, and those of a node that is away. */
import { isAway } from '../../../client/log-stream.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { FLEET_WORD, type FleetJobState, type FleetJobView, type OnLost } from '../../../protocol/fleet-jobs.ts'
import type { Filter, Reply } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { nameTest } from '../fleet/name-test.ts'

type NodeRow = Reply<'fleet.list'>['rows'][number]

/** What the fleet knows of it. */
export interface OfFleet {
  job: string
  state: FleetJobState
  onLost: OnLost
  attempt: number
  fence: number | null
}

/** `unknown`: its node is not heard of, and its program may go on. */
export type Row = Omit<NodeRow, 'status' | 'number' | 'fleet'> & {
  status: NodeRow['status'] | 'unknown'
  /** null = it is no process yet, or what it is there is not known. */
  number: number | null
  fleet: OfFleet | null
}

/** How long the list waits for them, once it has all else. */
const PATIENCE_MS = 1000

/** Open ones; none where a fleet has none. A bus that is away is said. */
export async function openJobs(context: Context, listed: Promise<unknown>): Promise<FleetJobView[]> {
  let timer: NodeJS.Timeout | undefined
  const late = listed.then(
    () =>
      new Promise<FleetJobView[]>((resolve) => {
        timer = setTimeout(() => {
          context.note('jobs of the fleet that wait are not in the list: their scheduler does not answer')
          resolve([])
        }, PATIENCE_MS)
      }),
  )
  const jobs = context.request('fleet.jobs', { words: [], open: true }).catch((error: unknown) => {
    if (!(error instanceof PtrackError)) throw error
    if (isAway(error)) context.note(`jobs of the fleet that wait are not in the list: ${clean(error.message)}`)
    return []
  })
  try {
    return await Promise.race([jobs, late])
  } finally {
    clearTimeout(timer)
  }
}

export function withJobs(listed: readonly NodeRow[], jobs: readonly FleetJobView[], where: Filter): Row[] {
  const rows: Row[] = [...listed]
  for (const job of jobs) {
    if ((job.state !== 'unknown' && job.process !== null) || !isWanted(job, where)) continue
    const { node, process, reason } = job
    const known = rows.findIndex((row) => row.node === node && row.name === process)
    const fleet = fleetOf(job)
    if (known >= 0) rows[known] = { ...rows[known]!, status: 'unknown', reason, fleet }
    else rows.push(rowOf(job, fleet))
  }
  return rows
}

const fleetOf = ({ id, state, onLost, attempt, fence }: FleetJobView): OfFleet => ({ job: id, state, onLost, attempt, fence })

function isWanted({ id, name, process, owner, type, state }: FleetJobView, where: Filter): boolean {
  const { targets, status } = where
  if (where.tag !== undefined || where.session !== undefined) return false
  if ((where.owner !== undefined && where.owner !== owner) || (where.type !== undefined && where.type !== type)) return false
  if (status !== undefined && !(state !== 'unknown' && status.includes('pending'))) return false
  const names = [name, `${name}@${FLEET_WORD}`, ...(process === null ? [] : [process])]
  return targets === undefined || targets.some((word) => word === 'all' || word === id || names.some(nameTest(word)))
}

function rowOf(job: FleetJobView, fleet: OfFleet): Row {
  const { id, name, process, node, owner, type, state, since, submitted, reason, command, position } = job
  const isUnknown = state === 'unknown'
  const nothing = {
    ...{ title: null, description: null, instance: null, healthCheck: null, error: null, pid: null, startTime: null },
    ...{ exitCode: null, signal: null, startedAt: null, endedAt: null, elapsedMs: null, cpuPercent: null, memoryBytes: null },
    ...{ diskReadBytes: null, diskWriteBytes: null, progress: null, queue: null, nextRunAt: null, retry: null, failure: null },
    ...{ seen: null, session: null, orphanedPid: null },
  } satisfies Partial<ProcessView>
  return {
    ...nothing,
    id,
    number: null,
    name: process ?? name,
    fullName: process ?? name,
    project: null,
    kind: 'job',
    type,
    tags: [],
    owner,
    wanted: 'up',
    status: isUnknown ? 'unknown' : 'pending',
    reason: state === 'given' ? `it goes to ${node}` : reason,
    since,
    health: 'unknown',
    run: 0,
    restarts: 0,
    command,
    cwd: '/',
    ports: [],
    createdAt: submitted,
    queuePosition: isUnknown ? null : position,
    results: 0,
    crashLoop: false,
    orphaned: false,
    adopted: false,
    metadata: {},
    // NAME@fleet is what it is called everywhere until it is a process of a node.
    node: process === null ? FLEET_WORD : node!,
    stale: isUnknown ? { since } : null,
    fleet,
  }
}
