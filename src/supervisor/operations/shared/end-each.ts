/** What stop and delete share: dependents end first, and what earlier runs left behind ends too. */
import type { ActionResult } from '../../../protocol/requests.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { LeftBehind } from '../../left-behind.ts'
import type { Managed } from '../../registry.ts'
import { inReverseOrder } from '../../stop-order.ts'
import { forEachTarget, select } from './select.ts'

/** Calls `end` for each target in its turn. A pattern without a match is no error. */
export function endEach(
  supervisor: Supervisor,
  targets: readonly string[],
  end: (managed: Managed, left: LeftBehind) => Promise<ActionResult>,
): Promise<ActionResult[]> {
  const { matched } = select(supervisor, targets)
  const turnOf = inReverseOrder(supervisor.waiters, matched)
  const left = new LeftBehind(supervisor.world, supervisor.orphans, matched)
  const inTurn = async (managed: Managed): Promise<ActionResult> => {
    await turnOf(managed)
    return end(managed, left)
  }
  return forEachTarget(supervisor, targets, inTurn, { mayMatchNothing: true })
}

/** Waits for both; a failure of the run is reported before one of the leftovers. */
export async function bothEnded<T>(run: T | Promise<T>, left: Promise<string | null>): Promise<{ run: T; left: string | null }> {
  const [ofRun, ofLeft] = await Promise.allSettled([run, left])
  if (ofRun.status === 'rejected') throw ofRun.reason
  if (ofLeft.status === 'rejected') throw ofLeft.reason
  return { run: ofRun.value, left: ofLeft.value }
}
