/** Waits for the outcome of a start or stop, and words it. */
import { policyOf } from '../../../core/policy.ts'
import type { State } from '../../../core/state.ts'
import { formatDuration } from '../../../protocol/duration.ts'
import { type ErrorCode, PtrackError } from '../../../protocol/errors.ts'
import { isEnded, STATUS_CLAUSES } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { listeningCode, wrongAddressIn } from '../../../protocol/sockets.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { FAILURE_LINES, lastOutput } from '../../last-output.ts'
import { isOver, type Managed, nameOf } from '../../registry.ts'
import { stopLimitMs } from '../../stop-order.ts'
import { outlivesItsStart } from './outlives-its-start.ts'
import { failure, type OutcomeSince, success } from './select.ts'

/** Failures of a run that are errors of their own. */
const OWN_CODES = ['NOT_READY', 'PORT_TAKEN', 'SOCKETS_LOST'] as const
/** Beyond what the definition itself allows. */
const MARGIN_MS = 10_000
/** How many runs to follow when each gives way to the next on request; endless ones count as started. */
const FOLLOWED_RUNS = 3

/** After a start or restart: until it runs (and is ready), or is known not to. */
export async function startOutcome(
  supervisor: Supervisor,
  managed: Managed,
  runBefore: number,
  rounds = FOLLOWED_RUNS,
): Promise<ActionResult> {
  const { waiters } = supervisor
  const { definition } = managed.record
  const { preStart, postStart, lifecycleTimeoutMs } = definition
  const commandsMs = ((preStart === null ? 0 : 1) + (postStart === null ? 0 : 1)) * lifecycleTimeoutMs
  const limitMs = definition.readyTimeoutMs + commandsMs + stopLimitMs(definition) + MARGIN_MS
  const begun = (each: Managed) =>
    each.record.tracked.runNumber > runBefore ||
    each.record.tracked.state.status === 'pending' ||
    isEnded(each.record.tracked.state.status) ||
    isUnkillable(each)
  await waiters.until(managed, begun, limitMs)
  if (isUnkillable(managed)) throw unkillable(supervisor, managed, 'restart')
  const run = managed.record.tracked.runNumber
  const decided = (each: Managed) => each.record.tracked.runNumber !== run || each.record.tracked.state.status !== 'starting'
  const how = await waiters.until(managed, decided, limitMs)
  const statusNow = () => managed.record.tracked.state.status
  if (how === 'reached' && statusNow() === 'running' && definition.kind === 'service' && !policyOf(definition).readiness)
    await outlivesItsStart(supervisor, managed, { run, isFirst: runBefore === 0 })
  // Its schedule or a person asks for the next run right now: that run is the answer.
  if (how === 'reached' && isGivingWay(managed))
    await waiters.until(managed, (each) => each.record.tracked.runNumber !== run || !isGivingWay(each), limitMs)
  // Its work is done; only possible leftovers are still being ended.
  if (how === 'reached' && isEndingWell(managed)) await waiters.until(managed, (each) => !isEndingWell(each), limitMs)
  const { tracked } = managed.record
  const again = tracked.runNumber !== run
  // Its schedule, a changed file or another person began the next run, which counts; a failure would count as a restart.
  if (how === 'reached' && again && tracked.restarts === 0 && tracked.wanted === 'up' && rounds > 1)
    return startOutcome(supervisor, managed, run, rounds - 1)
  if (how === 'removed')
    return failure(supervisor, managed, new PtrackError('FAILED', `cannot start ${nameOf(managed)}: it was deleted meanwhile`))
  if (how === 'timeout')
    return failure(
      supervisor,
      managed,
      new PtrackError('TIMED_OUT', `cannot tell whether ${nameOf(managed)} started: it is still ${statusNow()}`),
    )
  if (statusNow() === 'pending' && tracked.wanted === 'up') return success(supervisor, managed, waitNote(supervisor, managed))
  if (!again && (statusNow() === 'running' || statusNow() === 'paused' || statusNow() === 'done'))
    return success(supervisor, managed)
  return failed(supervisor, managed, run)
}

/** It is being ended because another run was asked for. */
function isGivingWay({ record: { tracked } }: Managed): boolean {
  const { state } = tracked
  if (state.status !== 'completing' || !('afterwards' in state) || tracked.wanted !== 'up') return false
  return state.afterwards.go === 'run' && state.afterwards.asked
}

function isEndingWell({ record: { tracked } }: Managed): boolean {
  const { state } = tracked
  if (state.status !== 'completing' || !('afterwards' in state) || tracked.wanted !== 'up') return false
  return state.afterwards.go === 'end' && state.afterwards.status === 'done'
}

/** What a process that may not begin yet waits for; null for one that does not wait. */
export function waitNote(supervisor: Supervisor, managed: Managed): string | null {
  const { state, reason } = managed.record.tracked
  if ('afterwards' in state && state.afterwards.go === 'run') return 'its last run ends first'
  if (state.status !== 'pending') return null
  const position = supervisor.admission.positionOf(managed)
  return position === null ? reason : `queued, position ${position}`
}

/** For what ran when `startOutcome` answered, or was not begun yet. */
export const outcomeSince =
  (supervisor: Supervisor): OutcomeSince =>
  (managed, { status, run }) =>
    status === 'pending' ? startOutcome(supervisor, managed, run) : failed(supervisor, managed, run)

async function failed(supervisor: Supervisor, managed: Managed, run: number): Promise<ActionResult> {
  const { tracked } = managed.record
  const { state } = tracked
  const name = nameOf(managed)
  if (tracked.wanted === 'down') {
    const how = isEnded(state.status) ? state.status : 'stopped'
    return failure(supervisor, managed, new PtrackError('FAILED', `cannot start ${name}: it was ${how} meanwhile`))
  }
  const spawned = managed.record.runs.some((past) => past.ref.number === run) || ('live' in state && state.live !== null)
  const output = spawned ? await lastOutput(supervisor, managed, run, FAILURE_LINES) : []
  // It ends because the port is taken, by its own socket.
  const wrong = managed.record.definition.sockets.length > 0 ? wrongAddressIn(output.join('\n')) : null
  const why = wrong ?? tracked.error?.message ?? tracked.reason ?? `it ${STATUS_CLAUSES[state.status]}`
  const own = OWN_CODES.find((code) => code === tracked.error?.code)
  const code: ErrorCode = listeningCode(why) ?? own ?? (spawned ? 'FAILED' : 'SPAWN_FAILED')
  const when = state.status === 'retrying' ? ` (next in ${formatDuration(state.delayMs)})` : ''
  const trying = runsAgain(state)
    ? `the daemon keeps trying${when}: \`ptrack why ${name}\` says more, \`ptrack stop ${name}\` gives up`
    : null
  const error = new PtrackError(code, why.startsWith('cannot') ? why : `cannot start ${name}: ${why}`, {
    // The reason of a failed spawn often contains its own advice.
    hint: trying ?? (spawned ? `\`ptrack logs ${name}\` and \`ptrack why ${name}\` tell more` : adviceBeside(why)),
    details: tracked.error ? { reason: tracked.error.code } : undefined,
  })
  return failure(supervisor, managed, error, output)
}

/** Whether another run follows, or has begun. */
const runsAgain = (state: State): boolean => ('afterwards' in state ? state.afterwards.go !== 'end' : !isEnded(state.status))

const adviceBeside = (why: string): string | undefined => (why.includes('; ') ? undefined : 'mend that and start it again')

/** After a stop or cancel: until nothing of it is alive, or it is known to be unkillable. */
export async function stopOutcome(
  supervisor: Supervisor,
  managed: Managed,
  timeoutMs: number | undefined,
): Promise<ActionResult> {
  const { waiters } = supervisor
  // Wanted up again: somebody has asked for a start since, which takes precedence.
  const over = (each: Managed) => isOver(each) || isUnkillable(each) || each.record.tracked.wanted === 'up'
  const external = managed.record.definition.kind === 'external'
  const margin = external ? 0 : MARGIN_MS
  const how = await waiters.until(managed, over, stopLimitMs(managed.record.definition, timeoutMs) + margin)
  if (how === 'removed') return success(supervisor, managed, 'deleted meanwhile')
  if (isUnkillable(managed)) throw unkillable(supervisor, managed, 'stop')
  const { state, wanted, reason } = managed.record.tracked
  if (wanted === 'up' && !isEnded(state.status))
    throw new PtrackError(
      'FAILED',
      `cannot stop ${nameOf(managed)}: it was started again meanwhile and ${STATUS_CLAUSES[state.status]}`,
      {
        hint: `\`ptrack stop ${nameOf(managed)}\` once more`,
      },
    )
  if (!isEnded(state.status) && external) return success(supervisor, managed, 'cancelling: its program has been told')
  if (!isEnded(state.status))
    throw new PtrackError('TIMED_OUT', `cannot tell whether ${nameOf(managed)} has ended: it is still ${state.status}`)
  return success(supervisor, managed, reason === null ? null : `${state.status}; ${reason}`)
}

/** Until nothing of it is alive; throws UNKILLABLE, and TIMED_OUT when that cannot be seen. */
export async function untilOver(supervisor: Supervisor, managed: Managed): Promise<void> {
  const limitMs = stopLimitMs(managed.record.definition) + MARGIN_MS
  const how = await supervisor.waiters.until(managed, (each) => isOver(each) || isUnkillable(each), limitMs)
  if (isUnkillable(managed)) throw unkillable(supervisor, managed, 'restart')
  if (how === 'timeout')
    throw new PtrackError('TIMED_OUT', `cannot restart ${nameOf(managed)}: it is still ${managed.record.tracked.state.status}`)
}

const isUnkillable = ({ record: { tracked } }: Managed): boolean =>
  'phase' in tracked.state && tracked.state.phase === 'unkillable'

function unkillable(supervisor: Supervisor, managed: Managed, verb: 'stop' | 'restart'): PtrackError {
  const alive = supervisor.trees.members(managed).map((row) => row.pid)
  return new PtrackError(
    'UNKILLABLE',
    `cannot ${verb} ${nameOf(managed)}: pid ${alive.join(', ') || 'unknown'} still lives after ${managed.record.definition.stopSignal} and SIGKILL`,
    {
      hint: 'a process stuck in the kernel ends when its device or mount answers; ptrack goes on looking',
      details: { pids: alive },
    },
  )
}
