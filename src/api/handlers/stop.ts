/** stop, cancel, delete, pause, resume, reset and signal: what ends or halts runs. */
import { isPausing } from '../../core/state.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { LeftBehind } from '../../supervisor/left-behind.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import type { OrphanKeeper } from '../../supervisor/orphan-keeper.ts'
import { liveRunOf, type Managed, nameOf } from '../../supervisor/registry.ts'
import { inReverseOrder } from '../../supervisor/stop-order.ts'
import { envNameOf } from './define.ts'
import { stopOutcome } from './outcome.ts'
import { forEachFitting, forEachTarget, select, success } from './select.ts'

interface Ending {
  orchestrator: Orchestrator
  orphans: OrphanKeeper
}

/** So long `pause` waits for the next checkpoint; the pause comes nevertheless. */
const CHECKPOINT_MS = 10_000

export function stop({ orchestrator, orphans }: Ending, params: Params<'stop'>): Promise<ActionResult[]> {
  const { matched } = select(orchestrator, params.targets)
  const turnOf = inReverseOrder(orchestrator.settler, matched)
  const left = new LeftBehind(orchestrator, orphans, matched)
  return forEachTarget(
    orchestrator,
    params.targets,
    async (managed) => {
      await turnOf(managed)
      const { status } = managed.record.tracked.state
      orchestrator.submit(managed, { kind: 'stopRequested', timeoutMs: params.timeoutMs ?? null })
      const ending = left.end(managed, params.timeoutMs)
      if (params.noWait) {
        ending.catch((error: unknown) => orchestrator.world.log.warn('Orchestrator', String(error)))
        return success(orchestrator, managed, isEnded(status) ? `already ${status}` : null)
      }
      const [ended, stopped] = await Promise.allSettled([
        ending,
        isEnded(status)
          ? success(orchestrator, managed, `already ${status}`)
          : stopOutcome(orchestrator, managed, params.timeoutMs),
      ])
      if (stopped.status === 'rejected') throw stopped.reason
      if (ended.status === 'rejected') throw ended.reason
      const notes = [stopped.value.note, ended.value].filter((note) => note !== null)
      return { ...stopped.value, note: notes.length > 0 ? notes.join('; ') : null }
    },
    { mayMatchNothing: true },
  )
}

export function cancel(orchestrator: Orchestrator, params: Params<'cancel'>): Promise<ActionResult[]> {
  return forEachTarget(orchestrator, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (managed.removed) return success(orchestrator, managed, 'deleted meanwhile')
    if (isEnded(status)) return success(orchestrator, managed, `already ${status}`)
    orchestrator.submit(managed, { kind: 'cancelRequested' })
    return params.noWait ? success(orchestrator, managed) : stopOutcome(orchestrator, managed, undefined)
  })
}

export function remove({ orchestrator, orphans }: Ending, params: Params<'delete'>): Promise<ActionResult[]> {
  const { matched } = select(orchestrator, params.targets)
  const turnOf = inReverseOrder(orchestrator.settler, matched)
  const left = new LeftBehind(orchestrator, orphans, matched)
  return forEachTarget(
    orchestrator,
    params.targets,
    async (managed) => {
      await turnOf(managed)
      orchestrator.submit(managed, { kind: 'stopRequested', timeoutMs: null })
      const [ended, stopped] = await Promise.allSettled([
        left.end(managed, undefined),
        isEnded(managed.record.tracked.state.status) ? null : stopOutcome(orchestrator, managed, undefined),
      ])
      if (stopped.status === 'rejected') throw stopped.reason
      if (ended.status === 'rejected') throw ended.reason
      if (managed.removed) return success(orchestrator, managed, 'deleted meanwhile')
      if (!isEnded(managed.record.tracked.state.status))
        throw new PtrackError('NOT_READY', `cannot delete ${nameOf(managed)}: its program has been told to end and has not yet`, {
          hint: 'it was started elsewhere: end it there, or try again when its lease has run out',
        })
      await forget(orchestrator, managed, params.purge)
      return success(orchestrator, managed, ended.value)
    },
    { mayMatchNothing: true },
  )
}

export async function forget(orchestrator: Orchestrator, managed: Managed, purge: boolean): Promise<void> {
  const { definition } = managed.record
  orchestrator.untrack(managed)
  const envName = envNameOf(definition)
  if (!orchestrator.registry.has('name', envName)) await orchestrator.world.envs.remove(envName)
  if (!purge) return
  await orchestrator.world.results.remove(managed.record.id)
  // Meanwhile another may have come, whose logs these are now.
  if (orchestrator.registry.named(definition.name) === undefined) await orchestrator.world.logs.remove(definition.name)
}

export function pause(orchestrator: Orchestrator, params: Params<'pause'>): Promise<ActionResult[]> {
  return forEachFitting('pause', orchestrator, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'paused') return success(orchestrator, managed, 'already paused')
    if (status !== 'running') throw notRunning('pause', managed)
    orchestrator.submit(managed, { kind: 'pauseRequested', now: params.now })
    const run = managed.record.tracked.runNumber
    const decided = ({ record: { tracked } }: Managed) => tracked.state.status !== 'running' || tracked.runNumber !== run
    if (!params.noWait) await orchestrator.settler.until(managed, decided, CHECKPOINT_MS)
    const now = managed.record.tracked
    if (now.state.status === 'paused') return success(orchestrator, managed)
    if (isPausing(now.state)) return success(orchestrator, managed, 'pausing: it stops at its next checkpoint')
    throw notRunning('pause', managed, `is ${now.state.status} by now`)
  })
}

export function resume(orchestrator: Orchestrator, params: Params<'resume'>): Promise<ActionResult[]> {
  return forEachFitting('resume', orchestrator, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'running' && !isPausing(managed.record.tracked.state)) return success(orchestrator, managed, 'already running')
    if (status !== 'paused' && status !== 'running') throw notRunning('resume', managed, 'is not paused')
    orchestrator.submit(managed, { kind: 'resumeRequested' })
    return success(orchestrator, managed)
  })
}

export function reset(orchestrator: Orchestrator, params: Params<'reset'>): Promise<ActionResult[]> {
  return forEachTarget(orchestrator, params.targets, async (managed) => {
    orchestrator.submit(managed, { kind: 'resetRequested' })
    return success(orchestrator, managed)
  })
}

/** To the program alone, as `docker kill -s` does; `stop` is what reaches the whole tree. */
export function signal(orchestrator: Orchestrator, params: Params<'signal'>): Promise<ActionResult[]> {
  return forEachTarget(orchestrator, params.targets, async (managed) => {
    const live = liveRunOf(managed)
    if (live === null) throw notRunning('signal', managed)
    // The recorder above a job catches most signals: before its program is known there is no one to send them to.
    const recorded = orchestrator.manager.recordFileOf(managed, managed.record.tracked.runNumber) !== null
    const program = live.program ?? (recorded ? orchestrator.world.table.firstChild(live.leader.pid) : live.leader)
    if (program === null) throw notRunning('signal', managed, 'is only just starting')
    const { pid } = program
    const outcome = orchestrator.world.signaller.signal(program, params.signal)
    if (outcome === 'gone') throw new PtrackError('NOT_RUNNING', `cannot signal ${nameOf(managed)}: pid ${pid} has just ended`)
    if (outcome === 'denied')
      throw new PtrackError('DENIED', `cannot signal ${nameOf(managed)}: pid ${pid} belongs to another user`)
    return success(orchestrator, managed, `${params.signal} sent to pid ${pid}`)
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
