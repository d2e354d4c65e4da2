/** pause: at the next checkpoint of a program that has them, else the tree is stopped. */

import { isPausing } from '../../core/state.ts'
import { STATUS_CLAUSES } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { notRunning } from './shared/refusals.ts'
import { forEachFitting, success } from './shared/select.ts'

/** How long `pause` waits for the next checkpoint; the pause comes even if it answers earlier. */
const CHECKPOINT_MS = 10_000

export function pause(supervisor: Supervisor, params: Params<'pause'>): Promise<ActionResult[]> {
  return forEachFitting('pause', supervisor, params.targets, async (managed) => {
    const { status } = managed.record.tracked.state
    if (status === 'paused') return success(supervisor, managed, 'already paused')
    if (status !== 'running') throw notRunning('pause', managed)
    supervisor.submit(managed, { kind: 'pauseRequested', now: params.now })
    const run = managed.record.tracked.runNumber
    const decided = ({ record: { tracked } }: Managed) => tracked.state.status !== 'running' || tracked.runNumber !== run
    if (!params.noWait) await supervisor.waiters.until(managed, decided, CHECKPOINT_MS)
    const now = managed.record.tracked
    if (now.state.status === 'paused') return success(supervisor, managed)
    if (isPausing(now.state)) return success(supervisor, managed, 'pausing: it stops at its next checkpoint')
    throw notRunning('pause', managed, `${STATUS_CLAUSES[now.state.status]} by now`)
  })
}
