/** stop, cancel, delete, pause, resume, reset and signal: what ends or halts runs. */
import { isPausing } from '../../core/state.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { exitRecordOf } from '../exit-record.ts'
import { LeftBehind } from '../left-behind.ts'
import { liveRunOf, type Managed, nameOf } from '../registry.ts'
import { inReverseOrder } from '../stop-order.ts'
import { envNameOf } from './define.ts'
import { stopOutcome } from './outcome.ts'
import { forEachFitting, forEachTarget, select, success } from './select.ts'

/** So long `pause` waits for the next checkpoint; the pause comes nevertheless. */
const CHECKPOINT_MS = 10_000

export function stop(supervisor: Supervisor, params: Params<'stop'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, params.targets)
  const turnOf = inReverseOrder(supervisor.settler, matched)
  const left = new LeftBehind(supervisor.world, supervisor.orphans, matched)
  return forEachTarget(
    supervisor,
    params.targets,
    async (managed) => {
      await turnOf(managed)
      const { status } = managed.record.tracked.state
      supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: params.timeoutMs ?? null })
      const ending = left.end(managed, params.timeoutMs)
      if (params.noWait) {
        ending.catch((error: unknown) => supervisor.world.log.warn('Orchestrator', String(error)))
        return success(supervisor, managed, isEnded(status) ? `already ${status}` : null)
      }
      const [ended, stopped] = await Promise.allSettled([
        ending,
        isEnded(status) ? success(supervisor, managed, `already ${status}`) : stopOutcome(supervisor, managed, params.timeoutMs),
      ])
      if (stopped.status === 'rejected') throw stopped.reason
      if (ended.status === 'rejected') throw ended.reason
      const notes = [stopped.value.note, ended.value].filter((note) => note !== null)
      return { ...stopped.value, note: notes.length > 0 ? notes.join('; ') : null }
    },
    { mayMatchNothing: true },
  )
}

export function cancel(supervisor: Supervisor, params: Params<'cancel'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (managed.removed) return success(supervisor, managed, 'deleted meanwhile')
    if (isEnded(status)) return success(supervisor, managed, `already ${status}`)
    supervisor.submit(managed, { kind: 'cancelRequested' })
    return params.noWait ? success(supervisor, managed) : stopOutcome(supervisor, managed, undefined)
  })
}

export function remove(supervisor: Supervisor, params: Params<'delete'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, params.targets)
  const turnOf = inReverseOrder(supervisor.settler, matched)
  const left = new LeftBehind(supervisor.world, supervisor.orphans, matched)
  return forEachTarget(
    supervisor,
    params.targets,
    async (managed) => {
      await turnOf(managed)
      supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null })
      const [ended, stopped] = await Promise.allSettled([
        left.end(managed, undefined),
        isEnded(managed.record.tracked.state.status) ? null : stopOutcome(supervisor, managed, undefined),
      ])
      if (stopped.status === 'rejected') throw stopped.reason
      if (ended.status === 'rejected') throw ended.reason
      if (managed.removed) return success(supervisor, managed, 'deleted meanwhile')
      if (!isEnded(managed.record.tracked.state.status))
        throw new PtrackError('NOT_READY', `cannot delete ${nameOf(managed)}: its program has been told to end and has not yet`, {
          hint: 'it was started elsewhere: end it there, or try again when its lease has run out',
        })
      await forget(supervisor, managed, params.purge)
      return success(supervisor, managed, ended.value)
    },
    { mayMatchNothing: true },
  )
}

export async function forget(supervisor: Supervisor, managed: Managed, purge: boolean): Promise<void> {
  const { definition } = managed.record
  supervisor.orchestrator.remove(managed)
  const envName = envNameOf(definition)
  if (!supervisor.registry.has('name', envName)) await supervisor.world.envs.remove(envName)
  if (!purge) return
  await supervisor.world.results.remove(managed.record.id)
  // Meanwhile another may have come, whose logs these are now.
  if (supervisor.registry.named(definition.name) === undefined) await supervisor.world.logs.remove(definition.name)
}

export function pause(supervisor: Supervisor, params: Params<'pause'>): Promise<ActionResult[]> {
  return forEachFitting('pause', supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'paused') return success(supervisor, managed, 'already paused')
    if (status !== 'running') throw notRunning('pause', managed)
    supervisor.submit(managed, { kind: 'pauseRequested', now: params.now })
    const run = managed.record.tracked.runNumber
    const decided = ({ record: { tracked } }: Managed) => tracked.state.status !== 'running' || tracked.runNumber !== run
    if (!params.noWait) await supervisor.settler.until(managed, decided, CHECKPOINT_MS)
    const now = managed.record.tracked
    if (now.state.status === 'paused') return success(supervisor, managed)
    if (isPausing(now.state)) return success(supervisor, managed, 'pausing: it stops at its next checkpoint')
    throw notRunning('pause', managed, `is ${now.state.status} by now`)
  })
}

export function resume(supervisor: Supervisor, params: Params<'resume'>): Promise<ActionResult[]> {
  return forEachFitting('resume', supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'running' && !isPausing(managed.record.tracked.state)) return success(supervisor, managed, 'already running')
    if (status !== 'paused' && status !== 'running') throw notRunning('resume', managed, 'is not paused')
    supervisor.submit(managed, { kind: 'resumeRequested' })
    return success(supervisor, managed)
  })
}

export function reset(supervisor: Supervisor, params: Params<'reset'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    supervisor.submit(managed, { kind: 'resetRequested' })
    return success(supervisor, managed)
  })
}

/** To the program alone, as `docker kill -s` does; `stop` is what reaches the whole tree. */
export function signal(supervisor: Supervisor, params: Params<'signal'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    const live = liveRunOf(managed)
    if (live === null) throw notRunning('signal', managed)
    // The recorder above a job catches most signals: before its program is known there is no one to send them to.
    const recorded = exitRecordOf(supervisor.world, managed.record, managed.record.tracked.runNumber) !== null
    const program = live.program ?? (recorded ? supervisor.world.table.firstChild(live.leader.pid) : live.leader)
    if (program === null) throw notRunning('signal', managed, 'is only just starting')
    const { pid } = program
    const outcome = supervisor.world.signaller.signal(program, params.signal)
    if (outcome === 'gone') throw new PtrackError('NOT_RUNNING', `cannot signal ${nameOf(managed)}: pid ${pid} has just ended`)
    if (outcome === 'denied')
      throw new PtrackError('DENIED', `cannot signal ${nameOf(managed)}: pid ${pid} belongs to another user`)
    return success(supervisor, managed, `${params.signal} sent to pid ${pid}`)
  })
}

function notRunning(verb: string, managed: Managed, why?: string): PtrackError {
  const name = nameOf(managed)
  const { status } = managed.record.tracked.state
  const hint =
    verb === 'resume'
      ? undefined
      : status === 'pending'
        ? `\`ptrack cancel ${name}\` takes it out`
        : `\`ptrack start ${name}\` starts it`
  return new PtrackError('NOT_RUNNING', `cannot ${verb} ${name}: it ${why ?? `is ${status}`}`, { hint })
}
