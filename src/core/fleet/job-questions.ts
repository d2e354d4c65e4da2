/** What the node that keeps the jobs of a fleet is asked: by people, and by the nodes that run them. */
import type { FleetJobView, FleetLimitsView } from '../../protocol/fleet-jobs.ts'
import type { QueueLimits } from '../../protocol/settings.ts'
import type { Asker } from './asker.ts'
import type { FleetJob, JobEvent, Refusal } from './job.ts'
import type { Offer } from './reconcile.ts'

export interface NewJob
  extends Pick<FleetJob, 'id' | 'name' | 'owner' | 'type' | 'priority' | 'where' | 'onLost' | 'definition' | 'env'> {
  /** Names or ids of jobs that must be done before. */
  after: string[]
}

/** Changes only what is named; null removes a limit. */
export interface LimitChanges {
  global?: number | null
  owners?: Record<string, number | null>
  types?: Record<string, number | null>
}

/** Of people. */
export type JobQuestion =
  | { ask: 'submit'; asker: Asker; job: NewJob }
  /** Without words: all, or with `open` those that have not ended. */
  | { ask: 'jobs'; asker: Asker; words: string[]; open: boolean }
  | { ask: 'cancel'; asker: Asker; words: string[] }
  | { ask: 'limits'; asker: Asker }
  | { ask: 'setLimits'; asker: Asker; changes: LimitChanges }

/** Of a node, about jobs that it was offered or has. */
export type NodeQuestion =
  /** Those that are its own. */
  { ask: 'mine' } | { ask: 'change'; id: string; event: JobEvent }

export interface JobAnswers {
  submit: FleetJobView
  jobs: FleetJobView[]
  cancel: FleetJobView[]
  limits: FleetLimitsView
  setLimits: FleetLimitsView
  mine: FleetJob[]
  change: { refused: Refusal | null }
}

/** From the scheduler to a node, unasked. */
export type ToNode = { offer: Offer } | { stop: { id: string; by: NonNullable<FleetJob['cancel']> } }

export const noLimits: QueueLimits = { global: null, owners: {}, types: {} }

/** By entries: a key `__proto__` is a key like any other. */
export function changedLimits(present: QueueLimits, { global, owners, types }: LimitChanges): QueueLimits {
  const merged = (before: Readonly<Record<string, number>>, changes: Record<string, number | null> = {}) =>
    Object.fromEntries(
      [...new Map<string, number | null>([...Object.entries(before), ...Object.entries(changes)])].filter(
        (entry): entry is [string, number] => entry[1] !== null,
      ),
    )
  return {
    global: global === undefined ? present.global : global,
    owners: merged(present.owners, owners),
    types: merged(present.types, types),
  }
}
