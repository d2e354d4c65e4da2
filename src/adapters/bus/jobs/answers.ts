/** What the scheduler answers, to people by their role and to nodes about their own jobs. */
import type { Board, Kept } from '../../../core/fleet/board.ts'
import type { FleetJob, JobEvent } from '../../../core/fleet/job.ts'
import {
  changedLimits,
  type JobAnswers,
  type JobQuestion,
  type LimitChanges,
  type NewJob,
} from '../../../core/fleet/job-questions.ts'
import { viewOf } from '../../../core/fleet/job-view.ts'
import type { Asker } from '../../../core/fleet/messages.ts'
import { weakerOf } from '../../../core/fleet/permissions.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { TAG_WORD } from '../../../protocol/fleet.ts'
import type { FleetJobView, FleetLimitsView } from '../../../protocol/fleet-jobs.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { ROLES, type Role } from '../../../protocol/names.ts'
import type { AnyQuestion } from './desk.ts'
import type { JobScheduler } from './scheduler.ts'

/** Who asks, from which node, with the role that he has in the fleet. */
interface From extends Asker {
  node: string
}

/** `role`: the most that people of that node may do on others. */
export async function answerOf(scheduler: JobScheduler, node: string, role: Role, question: AnyQuestion): Promise<unknown> {
  scheduler.ready()
  if (question.ask === 'mine') return scheduler.of(node) satisfies JobAnswers['mine']
  if (question.ask === 'change') {
    if (typeof question.id !== 'string' || !isOfNode(question.event, node)) throw unreadable(node)
    const { refused } = await scheduler.change(question.id, question.event)
    return { refused } satisfies JobAnswers['change']
  }
  const { asker } = question
  if (typeof asker?.user !== 'string' || !(ROLES as readonly string[]).includes(asker.role)) throw unreadable(node)
  return answerPerson(scheduler, { node, user: asker.user, role: weakerOf(asker.role, role) }, question)
}

async function answerPerson(scheduler: JobScheduler, from: From, question: JobQuestion): Promise<unknown> {
  const { board } = scheduler
  switch (question.ask) {
    case 'submit':
      return submitted(scheduler, await submit(scheduler, from, question.job))
    case 'jobs':
      return jobsOf(board, from, question.words, question.open) satisfies JobAnswers['jobs']
    case 'cancel':
      return cancel(scheduler, from, question.words)
    case 'limits':
      return limitsOf(board)
    case 'setLimits':
      return setLimits(scheduler, from, question.changes)
    default:
      throw unreadable(from.node)
  }
}

const unreadable = (node: string): PtrackError =>
  new PtrackError('BAD_REQUEST', `cannot answer ${node} about the jobs of the fleet: it cannot read the request`, {
    hint: 'install the same version on both',
  })

/** A node speaks about itself alone. */
const OF_NODES: ReadonlySet<string> = new Set(['claim', 'refuse', 'found', 'neverBegan', 'end'] satisfies JobEvent['is'][])
const isOfNode = (event: JobEvent | undefined, node: string): boolean =>
  event !== undefined && OF_NODES.has(event.is) && (event as { node?: unknown }).node === node

const denied = (what: string, why: string): PtrackError => new PtrackError('DENIED', `cannot ${what}: ${why}`)

const maySee = ({ role, user }: From, { job }: Kept): boolean => role === 'admin' || job.owner === user

function found(board: Board, from: From, what: string, words: readonly string[]): Kept[] {
  return words.map((word) => {
    const kept = board.find(word)
    if (kept !== null && maySee(from, kept)) return kept
    throw new PtrackError('NOT_FOUND', `cannot ${what} ${word}: the fleet has no job of this name or id`, {
      hint: '`ptrack fleet jobs` lists those that it has',
    })
  })
}

function jobsOf(board: Board, from: From, words: readonly string[], open: boolean): FleetJobView[] {
  const all = words.length > 0 ? found(board, from, 'show', words) : [...board.all()].filter((kept) => maySee(from, kept))
  return all
    .filter(({ job }) => words.length > 0 || !open || job.state.is !== 'ended')
    .sort((a, b) => a.job.turn - b.job.turn)
    .map((kept) => viewOf(kept, board))
}

async function submit(scheduler: JobScheduler, from: From, job: NewJob): Promise<Kept> {
  const { board } = scheduler
  const what = `run ${job.name} in the fleet`
  if (from.role === 'viewer') throw denied(what, `people of ${from.node} are viewers on other nodes`)
  if (job.owner !== from.user && from.role !== 'admin') throw denied(what, `only an admin runs jobs of ${job.owner}`)
  const same = board.get(job.id)
  // It was asked before, and the answer was lost.
  if (same !== null) return same
  const named = board.find(job.name)
  if (named !== null && named.job.state.is !== 'ended')
    throw new PtrackError('DUPLICATE_NAME', `cannot ${what}: a job of this name is ${named.job.state.is} (${named.job.id})`, {
      hint: '--name gives it another one',
    })
  // A node with such a tag may join later.
  if (job.where !== null && !job.where.startsWith(TAG_WORD) && !(await scheduler.isMember(job.where)))
    throw new PtrackError('NOT_FOUND', `cannot ${what}: ${job.where} is no node of it`, { hint: '`ptrack fleet ls` lists them' })
  if (board.open >= fleetLimits.jobs) throw new PtrackError('TOO_LARGE', `cannot ${what}: ${board.open} jobs wait or run already`)
  const after = found(board, from, 'wait for', job.after).map(({ job: { id } }) => id)
  const nowMs = Date.now()
  const { id, name, owner, type, priority, where, onLost, definition, env } = job
  const record: FleetJob = {
    v: 1,
    ...{ id, name, owner, type, priority, where, onLost, definition, env, after },
    turn: board.nextTurn(),
    attempt: 0,
    role: from.role,
    from: from.node,
    submittedAtMs: nowMs,
    sinceMs: nowMs,
    cancel: null,
    state: { is: 'pending', why: null },
  }
  if (JSON.stringify(record).length > fleetLimits.jobBytes)
    throw new PtrackError('TOO_LARGE', `cannot ${what}: its command and variables are more than ${fleetLimits.jobBytes} bytes`)
  return scheduler.submit(record)
}

/** With its place, if there is one at once. */
async function submitted(scheduler: JobScheduler, kept: Kept): Promise<FleetJobView> {
  await scheduler.acted()
  const { board } = scheduler
  return viewOf(board.get(kept.job.id) ?? kept, board)
}

async function cancel(scheduler: JobScheduler, from: From, words: readonly string[]): Promise<FleetJobView[]> {
  if (from.role === 'viewer') throw denied('cancel jobs of the fleet', `people of ${from.node} are viewers on other nodes`)
  const views: FleetJobView[] = []
  for (const { job } of found(scheduler.board, from, 'cancel', words)) {
    const { kept } = await scheduler.change(job.id, { is: 'cancel', by: { user: from.user, role: from.role, node: from.node } })
    if (kept !== null) views.push(viewOf(kept, scheduler.board))
  }
  return views
}

const limitsOf = (board: Board): FleetLimitsView => ({ ...board.limits, ...board.counts })

async function setLimits(scheduler: JobScheduler, from: From, changes: LimitChanges): Promise<FleetLimitsView> {
  if (from.role !== 'admin') throw denied('set the limits of the fleet', 'only an admin does')
  await scheduler.setLimits(changedLimits(scheduler.board.limits, changes))
  return limitsOf(scheduler.board)
}
