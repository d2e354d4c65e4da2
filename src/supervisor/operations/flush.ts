/** flush: empties logs. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { forEachTarget, success } from './shared/select.ts'

export function flush(supervisor: Supervisor, params: Params<'flush'>): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    await supervisor.world.logs.flush(nameOf(managed))
    return success(supervisor, managed, 'logs emptied')
  })
}
