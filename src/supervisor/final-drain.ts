/** What a run told of itself is taken before its end is: until its last lines have been read, its end waits here. */
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

  /** Of a run that has ended, and whose last lines are being read: resolves when its end has been reported. */
  of(managed: Managed): Promise<void> | undefined {
    return this.underWay.get(managed)
  }

  /** Reports once the last of it has been taken. False: there is nothing to read, and nothing will be reported from here. */
  hear(managed: Managed, report: () => void): boolean {
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

  /** Resolves when all ends that were found have been reported; the boot waits for it before it serves anybody. */
  async all(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay.values())
  }
}
