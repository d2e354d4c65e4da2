/** One timer for each run that is not the one in the state; arming it anew takes the earlier one back. */
import type { Clock } from '../core/world.ts'

export class RunWakes {
  private readonly clock: Pick<Clock, 'wakeAfter'>
  private readonly cancels = new Map<string, () => void>()

  constructor(clock: Pick<Clock, 'wakeAfter'>) {
    this.clock = clock
  }

  arm(runId: string, afterMs: number, act: () => void): void {
    this.cancel(runId)
    const cancel = this.clock.wakeAfter(afterMs, () => {
      this.cancels.delete(runId)
      act()
    })
    this.cancels.set(runId, cancel)
  }

  cancel(runId: string): void {
    this.cancels.get(runId)?.()
    this.cancels.delete(runId)
  }

  close(): void {
    for (const runId of [...this.cancels.keys()]) this.cancel(runId)
  }
}
