/** reset: forgets failures and restarts. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { forEachTarget, success } from './shared/select.ts'

export function reset(supervisor: Supervisor, params: Params<'reset'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    supervisor.submit(managed, { kind: 'resetRequested' })
    return success(supervisor, managed)
  })
}
