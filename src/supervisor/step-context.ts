/** What the table needs to know beside the process and the event: policy, time, chance, and whether a run may begin. */
import type { Context, Event } from '../core/events.ts'
import type { World } from '../core/world.ts'
import type { Admission } from './admission.ts'
import type { Managed } from './registry.ts'

export function stepContext(world: World, admission: Admission, managed: Managed, event: Event): Context {
  const { tracking, tracked } = managed.record
  return {
    policy: managed.policy,
    monoMs: world.clock.mono(),
    wallMs: world.clock.wall(),
    jitter: world.random(),
    // Made only where a run begins: most steps need none.
    get newRunId() {
      return world.newId(16)
    },
    // Asked only where a run would begin, or queue.
    get wait() {
      return admission.waitOf(managed, event)
    },
    get turn() {
      return admission.nextTurn()
    },
    saved: managed.saved,
    cooperative: tracking !== null && tracking.run === tracked.runNumber && tracking.cooperative,
  }
}
