/** The life of a job of the fleet as a pure, complete table: state x event. Each step is written by comparing the revision it was made from. */
import type { FleetJobOutcome, OnLost } from '../../protocol/fleet-jobs.ts'
import type { Role } from '../../protocol/names.ts'

/** `fence` is the revision of the record that gave the job away: it rises with each time, and one claim alone can win it. */
export type JobState =
  | { is: 'pending'; why: string | null }
  | { is: 'given'; node: string; session: string; epoch: number }
  | { is: 'running'; node: string; fence: number }
  | { is: 'unknown'; node: string; fence: number; why: string }
  | { is: 'ended'; node: string | null; fence: number | null; late: boolean; outcome: FleetJobOutcome }

export interface FleetJob {
  v: 1
  id: string
  name: string
  owner: string
  type: string
  priority: number
  /** Among those of one priority the smaller goes first. */
  turn: number
  /** The only node that it may run on, or `tag:T`; null = any. */
  where: string | null
  onLost: OnLost
  /** Ids of jobs that must be done before. */
  after: string[]
  attempt: number
  /** With which rights it begins on its node. */
  role: Role
  from: string
  submittedAtMs: number
  sinceMs: number
  /** As `start` takes it. */
  definition: { command: string[] } & Record<string, unknown>
  /** Values that were set by hand; gone with its end. */
  env: Record<string, string>
  /** It is to end. */
  cancel: { user: string; role: Role; node: string } | null
  state: JobState
}

export type JobEvent =
  | { is: 'give'; node: string; session: string; epoch: number }
  | { is: 'claim'; node: string; session: string; given: number }
  | { is: 'refuse'; node: string; given: number; why: string }
  /** Its node is silent. */
  | { is: 'lost'; why: string }
  /** Its node is no part of the fleet any more, so that nobody will say how it ended. */
  | { is: 'gone'; why: string }
  /** Its node has it, alive. */
  | { is: 'found'; node: string; fence: number }
  /** Its node has nothing of it, and never had. */
  | { is: 'neverBegan'; node: string; fence: number }
  | { is: 'end'; node: string; fence: number; outcome: FleetJobOutcome }
  | { is: 'cancel'; by: NonNullable<FleetJob['cancel']> }
  /** What it waits for was not done. */
  | { is: 'skip'; why: string }

export interface JobContext {
  /** Of the record in the store. */
  revision: number
  nowMs: number
}

/** taken: it is not on offer. fenced: that was an earlier run. ended: it is over. */
export type Refusal = 'taken' | 'fenced' | 'ended'

/** assign: its node is asked to take it. stop: its node is asked to end it. */
export type JobEffect = { do: 'assign'; node: string } | { do: 'stop'; node: string }

/** `record` null: nothing changes, and it is as wished already. */
export type JobStep = { record: FleetJob | null; effects: JobEffect[] } | { refused: Refusal }

type In<S extends JobState['is']> = FleetJob & { state: Extract<JobState, { is: S }> }
type Cell<S extends JobState['is'], E extends JobEvent['is']> = (
  job: In<S>,
  event: Extract<JobEvent, { is: E }>,
  context: JobContext,
) => JobStep
type Table = { [S in JobState['is']]: { [E in JobEvent['is']]: Cell<S, E> } }

const become = (job: FleetJob, state: JobState, { nowMs }: JobContext, effects: JobEffect[] = []): JobStep => ({
  record: { ...job, state, sinceMs: nowMs, env: state.is === 'ended' ? {} : job.env },
  effects,
})
const refuse = (refused: Refusal) => (): JobStep => ({ refused })
const asWished = (effects: JobEffect[] = []): JobStep => ({ record: null, effects })
const unchanged = (): JobStep => asWished()

const unseen = (reason: string): FleetJobOutcome => ({ status: 'interrupted', exitCode: null, signal: null, reason })
const cancelled = (by: string): FleetJobOutcome => ({
  status: 'cancelled',
  exitCode: null,
  signal: null,
  reason: `cancelled by ${by} before it began`,
})

const endBeforeRun = (job: FleetJob, outcome: FleetJobOutcome, context: JobContext): JobStep =>
  become(job, { is: 'ended', node: null, fence: null, late: false, outcome }, context)

const cancelBeforeRun = (job: FleetJob, { by }: Extract<JobEvent, { is: 'cancel' }>, context: JobContext): JobStep =>
  endBeforeRun({ ...job, cancel: by }, cancelled(`${by.user}@${by.node}`), context)

type Held = In<'running'> | In<'unknown'>
const isOf = ({ state }: Held, { node, fence }: { node: string; fence: number }): boolean =>
  state.node === node && state.fence === fence

/** Of the run that it is about, and of no other. */
const ofThisRun =
  <J extends Held, E extends { node: string; fence: number }>(then: (job: J, event: E, context: JobContext) => JobStep) =>
  (job: J, event: E, context: JobContext): JobStep =>
    isOf(job, event) ? then(job, event, context) : { refused: 'fenced' }

function cancelRun(job: Held, { by }: Extract<JobEvent, { is: 'cancel' }>): JobStep {
  const effects: JobEffect[] = [{ do: 'stop', node: job.state.node }]
  return job.cancel === null ? { record: { ...job, cancel: by }, effects } : asWished(effects)
}

function endUnseen(job: Held, { why }: { why: string }, context: JobContext): JobStep {
  const { node, fence } = job.state
  return become(job, { is: 'ended', node, fence, late: false, outcome: unseen(why) }, context)
}

function again(job: FleetJob, why: string | null, context: JobContext): JobStep {
  if (job.cancel !== null) return cancelBeforeRun(job, { is: 'cancel', by: job.cancel }, context)
  return become(job, { is: 'pending', why }, context)
}

const table: Table = {
  pending: {
    give: (job, { node, session, epoch }, context) =>
      become({ ...job, attempt: job.attempt + 1 }, { is: 'given', node, session, epoch }, context, [{ do: 'assign', node }]),
    claim: refuse('taken'),
    refuse: refuse('taken'),
    lost: unchanged,
    gone: unchanged,
    found: refuse('fenced'),
    neverBegan: refuse('fenced'),
    end: refuse('fenced'),
    cancel: cancelBeforeRun,
    skip: (job, { why }, context) => endBeforeRun(job, { ...cancelled(''), reason: why }, context),
  },
  given: {
    give: refuse('taken'),
    claim: (job, { node, session, given }, context) =>
      given === context.revision && job.state.node === node && job.state.session === session
        ? become(job, { is: 'running', node, fence: given }, context)
        : { refused: 'taken' },
    refuse: (job, { node, given, why }, context) =>
      given === context.revision && job.state.node === node ? again(job, why, context) : { refused: 'taken' },
    // Its node has not taken it: a claim that comes now meets another revision.
    lost: (job, { why }, context) => again(job, why, context),
    gone: (job, { why }, context) => again(job, why, context),
    found: refuse('fenced'),
    neverBegan: refuse('fenced'),
    end: refuse('fenced'),
    cancel: cancelBeforeRun,
    skip: refuse('taken'),
  },
  running: {
    give: refuse('taken'),
    // The answer to the first was lost.
    claim: (job, { node, given }) => (isOf(job, { node, fence: given }) ? asWished() : { refused: 'taken' }),
    refuse: refuse('taken'),
    lost: (job, { why }, context) => become(job, { ...job.state, is: 'unknown', why }, context),
    gone: endUnseen,
    found: ofThisRun((job) => asWished(job.cancel === null ? [] : [{ do: 'stop', node: job.state.node }])),
    neverBegan: ofThisRun((job, _, context) => again(job, null, context)),
    end: ofThisRun((job, { node, fence, outcome }, context) =>
      become(job, { is: 'ended', node, fence, late: false, outcome }, context),
    ),
    cancel: cancelRun,
    skip: refuse('taken'),
  },
  unknown: {
    give: refuse('taken'),
    claim: (job, { node, given }, context) =>
      isOf(job, { node, fence: given }) ? become(job, { is: 'running', node, fence: given }, context) : { refused: 'taken' },
    refuse: refuse('taken'),
    lost: unchanged,
    gone: endUnseen,
    found: ofThisRun((job, { node, fence }, context) =>
      become(job, { is: 'running', node, fence }, context, job.cancel === null ? [] : [{ do: 'stop', node }]),
    ),
    neverBegan: ofThisRun((job, _, context) => again(job, null, context)),
    end: ofThisRun((job, { node, fence, outcome }, context) =>
      become(job, { is: 'ended', node, fence, late: true, outcome }, context),
    ),
    cancel: cancelRun,
    skip: refuse('taken'),
  },
  ended: {
    give: refuse('ended'),
    claim: refuse('ended'),
    refuse: refuse('ended'),
    lost: unchanged,
    gone: unchanged,
    found: refuse('ended'),
    neverBegan: refuse('ended'),
    // It was said before, and the answer was lost.
    end: ({ state }, { node, fence }) => (state.node === node && state.fence === fence ? asWished() : { refused: 'fenced' }),
    cancel: refuse('ended'),
    skip: unchanged,
  },
}

export function step(job: FleetJob, event: JobEvent, context: JobContext): JobStep {
  const cell = table[job.state.is][event.is] as unknown as Cell<JobState['is'], JobEvent['is']>
  return cell(job as never, event as never, context)
}

/** What a job is called on its node: once there, nothing of that name begins again. */
export const processOf = ({ name, id }: Pick<FleetJob, 'name' | 'id'>): string => `${name}.${id}`

/** Its node and fence, where a node has or had it. */
export const claimOf = ({ state }: FleetJob): { node: string; fence: number } | null =>
  'fence' in state && state.fence !== null && state.node !== null ? { node: state.node, fence: state.fence } : null
