/** stop: the run and all it left is ended, and the answer is given when that is so. */
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { LeftBehind } from '../left-behind.ts'
import { inReverseOrder } from '../stop-order.ts'
import { stopOutcome } from './shared/outcome.ts'
import { forEachTarget, select, success } from './shared/select.ts'

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
