/** stop: ends the run and all it left, and answers when nothing of it is alive. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { isOver } from '../registry.ts'
import { bothEnded, endEach } from './shared/end-each.ts'
import { stopOutcome } from './shared/outcome.ts'
import { success } from './shared/select.ts'

export function stop(supervisor: Supervisor, params: Params<'stop'>): Promise<ActionResult[]> {
  return endEach(supervisor, params.targets, async (managed, left) => {
    const { status } = managed.record.tracked.state
    const wasOver = isOver(managed)
    supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: params.timeoutMs ?? null })
    const ending = left.end(managed, params.timeoutMs)
    if (params.noWait) {
      ending.catch((error: unknown) => supervisor.world.log.warn('Orchestrator', String(error)))
      return success(supervisor, managed, wasOver ? `already ${status}` : null)
    }
    const ended = await bothEnded(
      wasOver ? success(supervisor, managed, `already ${status}`) : stopOutcome(supervisor, managed, params.timeoutMs),
      ending,
    )
    const notes = [ended.run.note, ended.left].filter((note) => note !== null)
    return { ...ended.run, note: notes.length > 0 ? notes.join('; ') : null }
  })
}
