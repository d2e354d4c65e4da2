/** attention.seen: marks what is wrong with a process as seen, for everybody. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { forEachTarget, success } from './shared/select.ts'

export function attentionSeen(supervisor: Supervisor, params: Params<'attention.seen'>, by: string): Promise<ActionResult[]> {
  return forEachTarget(supervisor, params.targets, async (managed) => {
    const { record } = managed
    const { runNumber: run, crashLoop } = record.tracked
    record.seen = params.seen ? { run, crashLoop, atMs: supervisor.world.clock.wall(), by } : undefined
    supervisor.changed(managed)
    return success(supervisor, managed)
  })
}
