/** signal: sends one to the program alone, as `docker kill -s` does; only `stop` reaches the whole tree. */
import { PtrackError } from '../../protocol/errors.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { exitRecordOf } from '../exit-record.ts'
import { liveRunOf, nameOf } from '../registry.ts'
import { programBelow } from '../terminals.ts'
import { notRunning, refuseExternal } from './shared/refusals.ts'
import { forEachTarget, success } from './shared/select.ts'

export function signal(supervisor: Supervisor, params: Params<'signal'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    refuseExternal('signal', managed)
    const live = liveRunOf(managed)
    if (live === null) throw notRunning('signal', managed)
    // The recorder of a job catches most signals: until its program is known there is nothing to signal.
    const recorded = exitRecordOf(supervisor.world, managed.record, managed.record.tracked.runNumber) !== null
    const program = live.program ?? (recorded ? programBelow(supervisor.world.table, live.leader, managed.record) : live.leader)
    if (program === null) throw notRunning('signal', managed, 'is only just starting')
    const { pid } = program
    const outcome = supervisor.world.signaller.signal(program, params.signal)
    if (outcome === 'gone') throw new PtrackError('NOT_RUNNING', `cannot signal ${nameOf(managed)}: pid ${pid} has just ended`)
    if (outcome === 'denied')
      throw new PtrackError('DENIED', `cannot signal ${nameOf(managed)}: pid ${pid} belongs to another user`)
    return success(supervisor, managed, `${params.signal} sent to pid ${pid}`)
  })
}
