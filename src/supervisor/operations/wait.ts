/** wait: until processes have ended or are healthy, or never can be. */
import { type Blocker, blockerOf, countsAsHealthy, type Depends, doubt } from '../../core/dependencies.ts'
import { resolve } from '../../core/targets.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded, isLive, STATUS_CLAUSES } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { awaitedOf } from '../admission.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import type { WaitEnd } from '../waiters.ts'
import { forEachTarget, success } from './shared/select.ts'

export function wait(supervisor: Supervisor, params: Params<'wait'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, (managed) =>
    params.for === 'healthy'
      ? waitHealthy(supervisor, managed, params.timeoutMs)
      : waitEnded(supervisor, managed, params.timeoutMs),
  )
}

async function waitEnded(supervisor: Supervisor, managed: Managed, timeoutMs: number | undefined): Promise<ActionResult> {
  const how = await untilDecided(supervisor, managed, hasEnded, timeoutMs)
  const { tracked } = managed.record
  const { status } = tracked.state
  if (how === 'timeout') throw timedOut(managed, 'end')
  if (status === 'stopped' && managed.policy.kind === 'job')
    throw new PtrackError('NOT_RUNNING', `cannot wait for ${nameOf(managed)} to end: it has not been started`, {
      hint: `\`ptrack start ${nameOf(managed)}\` starts it`,
    })
  // Deleted or not, how it ended counts for the caller.
  if (status === 'done' || status === 'stopped') return success(supervisor, managed, status)
  if (how === 'reached' && !isEnded(status)) throw blocked(supervisor, managed)
  throw new PtrackError('FAILED', `${nameOf(managed)} ${STATUS_CLAUSES[status]}${tracked.reason ? `: ${tracked.reason}` : ''}`)
}

async function waitHealthy(supervisor: Supervisor, managed: Managed, timeoutMs: number | undefined): Promise<ActionResult> {
  const healthy = (each: Managed): boolean => countsAsHealthy(awaitedOf(each))
  const how = await untilDecided(supervisor, managed, (each) => healthy(each) || hasEnded(each), timeoutMs)
  if (how === 'timeout') throw timedOut(managed, 'be healthy')
  if (how === 'reached' && healthy(managed)) return success(supervisor, managed, healthWords(managed))
  if (how === 'reached' && !hasEnded(managed)) throw blocked(supervisor, managed)
  throw new PtrackError(
    'NOT_RUNNING',
    `cannot wait for ${nameOf(managed)} to be healthy: it is ${managed.removed ? 'deleted' : managed.record.tracked.state.status}`,
  )
}

const hasEnded = ({ record }: Managed): boolean => isEnded(record.tracked.state.status)

/** `reached` also when it can never begin; its dependencies, direct or not, may change without a change of its own. */
async function untilDecided(
  supervisor: Supervisor,
  managed: Managed,
  reached: (managed: Managed) => boolean,
  timeoutMs: number | undefined,
): Promise<WaitEnd> {
  const { waiters, world } = supervisor
  const deadline = timeoutMs === undefined ? null : world.clock.mono() + timeoutMs
  const decided = (): boolean => reached(managed) || blockerFor(supervisor, managed) !== null
  for (;;) {
    const over = new AbortController()
    const left = deadline === null ? null : Math.max(0, deadline - world.clock.mono())
    const one = (each: Managed): Promise<WaitEnd> => waiters.until(each, decided, left, over.signal)
    const others = awaitedBy(supervisor, managed).map(one)
    const how = await Promise.race([one(managed), ...others])
    over.abort()
    // One of the others was deleted: look again without it.
    if (how !== 'removed' || managed.removed) return how
  }
}

/** Its direct and indirect dependencies, while it may not begin. */
function awaitedBy({ registry }: Supervisor, managed: Managed): Managed[] {
  const found = new Set<Managed>([managed])
  for (const { record } of found) {
    const { state } = record.tracked
    if (state.status !== 'pending' || state.why !== 'dependency') continue
    for (const { name } of record.definition.after) for (const each of resolve(name, registry)) found.add(each)
  }
  found.delete(managed)
  return [...found]
}

function dependsOf(managed: Managed): Depends {
  const { state } = managed.record.tracked
  const waiting = state.status === 'pending' && state.why === 'dependency'
  return {
    ...awaitedOf(managed),
    after: waiting ? managed.record.definition.after : [],
    comesAgain: managed.observed.nextRunAtMs !== null,
  }
}

const blockerFor = ({ registry }: Supervisor, managed: Managed): Blocker | null =>
  blockerOf(dependsOf(managed).after, (name) => resolve(name, registry).map(dependsOf))

function blocked(supervisor: Supervisor, managed: Managed): PtrackError {
  const name = nameOf(managed)
  const blocker = blockerFor(supervisor, managed)
  if (blocker === null || blocker.status === null)
    return new PtrackError(
      'FAILED',
      `cannot wait for ${name}: it can never begin, since what it waits for does not exist any more`,
      {
        hint: `\`ptrack why ${name}\` names it, \`ptrack set ${name} --after ...\` changes it`,
      },
    )
  const reason = supervisor.registry.named(blocker.name)?.record.tracked.reason
  return new PtrackError(
    'FAILED',
    `cannot wait for ${name}: it waits for ${blocker.name}, which ${STATUS_CLAUSES[blocker.status]}${reason ? `: ${reason}` : ''}`,
    {
      hint: `\`ptrack why ${blocker.name}\` says why, \`ptrack start ${blocker.name}\` runs it again`,
      details: { blocker: blocker.name },
    },
  )
}

/** A check that was never made is not called passed. */
const healthWords = ({ observed }: Managed): string =>
  observed.health.health === 'healthy' ? 'healthy' : 'running; nothing probes its health'

function timedOut(managed: Managed, what: string): PtrackError {
  const { state, reason } = managed.record.tracked
  const { status } = state
  const { health } = managed.observed.health
  const word = `${STATUS_CLAUSES[status]}${isLive(status) && health !== 'unknown' ? `, ${health}` : ''}`
  const why = what === 'be healthy' ? (doubt(awaitedOf(managed)) ?? reason) : reason
  const now = why === null ? word : `${word} (${why})`
  return new PtrackError('TIMED_OUT', `cannot wait longer for ${nameOf(managed)} to ${what}: it ${now}`, {
    hint: '--timeout gives it more time',
  })
}
