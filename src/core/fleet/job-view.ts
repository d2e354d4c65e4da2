/** A job of the fleet, as it is shown. */
import { TAG_WORD } from '../../protocol/fleet.ts'
import type { FleetJobView } from '../../protocol/fleet-jobs.ts'
import { iso } from '../iso.ts'
import type { Board, Kept } from './board.ts'
import { claimOf, type FleetJob, processOf } from './job.ts'

export function viewOf({ job }: Kept, board: Board): FleetJobView {
  const { id, name, owner, type, priority, from, where, onLost, after, attempt, state, cancel } = job
  return {
    id,
    name,
    owner,
    type,
    priority,
    state: state.is,
    since: iso(job.sinceMs),
    submitted: iso(job.submittedAtMs),
    from,
    where,
    onLost,
    after,
    node: 'node' in state ? state.node : null,
    process: claimOf(job) === null ? null : processOf(job),
    fence: claimOf(job)?.fence ?? null,
    attempt,
    position: board.positionOf(id),
    reason: reasonOf(job, board),
    outcome: state.is === 'ended' ? state.outcome : null,
    late: state.is === 'ended' && state.late,
    cancelledBy: cancel === null ? null : `${cancel.user}@${cancel.node}`,
    command: job.definition.command,
  }
}

function reasonOf(job: FleetJob, board: Board): string | null {
  const { state } = job
  switch (state.is) {
    case 'pending': {
      if (board.positionOf(job.id) === null) return awaitedWords(job, board)
      const hit = board.heldBackBy(job.id)
      if (hit !== null) return `limit ${hit.limit}: ${hit.value} at once`
      return state.why ?? awayWords(job.where)
    }
    case 'unknown':
      return state.why
    case 'ended':
      return state.outcome.reason
    default:
      return null
  }
}

const awaitedWords = ({ after }: FleetJob, board: Board): string | null => {
  const open = after.filter((id) => board.get(id)?.job.state.is !== 'ended')
  return open.length === 0 ? null : `it waits for ${open.map((id) => board.get(id)?.job.name ?? id).join(', ')}`
}

function awayWords(where: string | null): string {
  if (where === null) return 'no node has room'
  return where.startsWith(TAG_WORD)
    ? `no node with the tag ${where.slice(TAG_WORD.length)} has room, or is here`
    : `${where} has no room, or is away`
}
