/** cancel: ends the present run of each; a job with a schedule keeps it. */
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { stopOutcome } from './shared/outcome.ts'
import { forEachTarget, success } from './shared/select.ts'

export function cancel(supervisor: Supervisor, params: Params<'cancel'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (managed.removed) return success(supervisor, managed, 'deleted meanwhile')
    if (isEnded(status)) return success(supervisor, managed, `already ${status}`)
    supervisor.submit(managed, { kind: 'cancelRequested', signal: params.signal })
    return params.noWait ? success(supervisor, managed) : stopOutcome(supervisor, managed, undefined)
  })
}
