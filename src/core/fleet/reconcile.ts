/** What a node does with a job of the fleet: one that it is offered, and those that it had before this life of its ptrackd-fleet. */
import type { FleetJobOutcome } from '../../protocol/fleet-jobs.ts'
import { claimOf, type FleetJob } from './job.ts'

export interface Offer {
  job: FleetJob
  /** Of the record. */
  revision: number
  epoch: number
}

export interface NodeFacts {
  node: string
  session: string
  /** The highest that was heard: an older scheduler has been replaced. */
  epoch: number
  slots: number
  /** Jobs of the fleet that it has, or is just taking. */
  has: ReadonlySet<string>
}

/** A text: why it does not take it. */
export type Answer = 'take' | 'has it' | { refuse: string }

export function answerTo({ job, epoch }: Offer, facts: NodeFacts): Answer {
  if (facts.has.has(job.id)) return 'has it'
  if (epoch < facts.epoch) return { refuse: 'its scheduler has been replaced' }
  if (job.state.is !== 'given' || job.state.node !== facts.node || job.state.session !== facts.session)
    return { refuse: `it was meant for another life of ${facts.node}` }
  if (facts.has.size >= facts.slots) return { refuse: `${facts.node} is full` }
  return 'take'
}

/**
 * What its own daemon has under the job's name. absent: nothing, and no run of it in the history; `hasBegun`: it was there, and was
 * deleted with all that was known of it.
 */
export type LocalRun = { is: 'absent'; hasBegun: boolean } | { is: 'alive' } | { is: 'ended'; outcome: FleetJobOutcome }

/** What is reported of it; `watch`: its end is still to come. */
export type Reconciled =
  | { report: 'found'; watch: true }
  | { report: 'neverBegan' }
  | { report: 'end'; outcome: FleetJobOutcome }
  | { report: null }

/** Of a job that was this node's when it asked. */
export function reconcile(job: FleetJob, local: LocalRun, node: string): Reconciled {
  const held = job.state.is === 'running' || job.state.is === 'unknown'
  if (!held || claimOf(job)?.node !== node) return { report: null }
  switch (local.is) {
    case 'absent':
      return local.hasBegun ? { report: 'end', outcome: deletedUnseen(node) } : { report: 'neverBegan' }
    case 'alive':
      return { report: 'found', watch: true }
    case 'ended':
      return { report: 'end', outcome: local.outcome }
  }
}

/** Of a run that was deleted before its end was reported. */
export const deletedUnseen = (node: string): FleetJobOutcome => ({
  status: 'interrupted',
  exitCode: null,
  signal: null,
  reason: `nobody saw how it ended: it was deleted on ${node}`,
})
