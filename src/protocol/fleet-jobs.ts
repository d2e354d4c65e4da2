/** Jobs that the fleet places on one of its nodes. */
import type { EndedStatus } from './names.ts'
import type { QueueLimits } from './settings.ts'

/** `build@fleet` is the job build, on whichever node it runs; so no node is called that. */
export const FLEET_WORD = 'fleet'

/**
 * pending: it waits for a place. given: to a node, which has not taken it yet. running: a node has taken it.
 * unknown: that node is not heard of; its program may go on. ended: and how.
 */
export const FLEET_JOB_STATES = ['pending', 'given', 'running', 'unknown', 'ended'] as const
export type FleetJobState = (typeof FLEET_JOB_STATES)[number]

/** Of a node that is gone: keep = the job is never begun a second time. */
export const ON_LOST = ['keep'] as const
export type OnLost = (typeof ON_LOST)[number]

/** How its run ended, as its node saw it; `interrupted`: nobody saw it. */
export interface FleetJobOutcome {
  status: EndedStatus
  exitCode: number | null
  signal: string | null
  reason: string | null
}

export interface FleetJobView {
  id: string
  name: string
  owner: string
  type: string
  priority: number
  state: FleetJobState
  /** ISO time: since when it is in this state. */
  since: string
  submitted: string
  /** The node that it was submitted on. */
  from: string
  /** The only node that it may run on, or `tag:T` for those with that tag; null = any. */
  where: string | null
  onLost: OnLost
  /** Jobs (ids) that must be done before it. */
  after: string[]
  /** Where it is or was; null before. */
  node: string | null
  /** The process that it is there; null before. */
  process: string | null
  /** Of its claim (PTRACK_FENCE); null before. */
  fence: number | null
  /** How often it was given to a node. */
  attempt: number
  /** 1 = the next one; null unless it waits for a place alone. */
  position: number | null
  /** Why it waits, is unknown, or ended so. */
  reason: string | null
  /** null until it has ended. */
  outcome: FleetJobOutcome | null
  /** Its outcome came after it had been unknown. */
  late: boolean
  /** Who wants it to end; null = nobody. */
  cancelledBy: string | null
  command: string[]
}

export interface FleetLimitsView extends QueueLimits {
  live: number
  queued: number
}
