/** Holds the exit of a run back until its last lines have been read and processed. */
import type { DaemonLog } from '../core/world.ts'
import type { ProgressKeeper } from './progress-keeper.ts'
import { type Managed, nameOf } from './registry.ts'

export class FinalDrain {
  private readonly log: DaemonLog
  private readonly progressKeeper: Pick<ProgressKeeper, 'beforeEnd'>
  private readonly underWay = new Map<Managed, Promise<void>>()

  constructor(log: DaemonLog, progressKeeper: Pick<ProgressKeeper, 'beforeEnd'>) {
    this.log = log
    this.progressKeeper = progressKeeper
  }

  /** While the last lines are being read: resolves when the exit has been reported. */
  of(managed: Managed): Promise<void> | undefined {
    return this.underWay.get(managed)
  }

  /** Calls `report` after the last line. False: nothing to read, and `report` is not called. */
  holdBack(managed: Managed, report: () => void): boolean {
    const reading = this.progressKeeper.beforeEnd(managed)
    if (reading === null) return false
    const failed = (error: unknown): void =>
      this.log.error('Orchestrator', `not all that '${nameOf(managed)}' told was taken`, error)
    const reported = reading.catch(failed).then(() => {
      this.underWay.delete(managed)
      report()
    })
    this.underWay.set(managed, reported)
    return true
  }

  /** Resolves when all pending exits have been reported; boot waits for this before it serves clients. */
  async all(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay.values())
  }
}
