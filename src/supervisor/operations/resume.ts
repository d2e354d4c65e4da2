/** resume: continues what is paused, or withdraws a pause that has not taken effect. */
import { isPausing } from '../../core/state.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { notRunning } from './shared/refusals.ts'
import { forEachFitting, success } from './shared/select.ts'

export function resume(supervisor: Supervisor, params: Params<'resume'>): Promise<ActionResult[]> {
  return forEachFitting('resume', supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'running' && !isPausing(managed.record.tracked.state)) return success(supervisor, managed, 'already running')
    if (status !== 'paused' && status !== 'running') throw notRunning('resume', managed, 'is not paused')
    supervisor.submit(managed, { kind: 'resumeRequested' })
    return success(supervisor, managed)
  })
}
