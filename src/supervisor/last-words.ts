/** What a run told of itself is taken before its end is: ends wait here while companions read the last of it. */
import type { Event } from '../core/events.ts'
import type { DaemonLog } from '../core/world.ts'
import type { Companion } from './companion.ts'
import { liveRunOf, type Managed, nameOf } from './registry.ts'

/** Events with which a run is over, or nearly so. */
const ENDINGS: ReadonlySet<Event['kind']> = new Set(['exited', 'gone', 'rebooted', 'externalEnded', 'leaseElapsed'])

interface Listeners {
  /** The event may be taken now. */
  heard(managed: Managed, event: Event): void
  /** As `heard`, for one that came in between and may have to wait again. */
  again(managed: Managed, event: Event): void
}

export class LastWords {
  private readonly log: DaemonLog
  private readonly companions: readonly Companion[]
  private readonly listeners: Listeners
  private readonly underWay = new Map<Managed, Promise<void>>()

  constructor(log: DaemonLog, companions: readonly Companion[], listeners: Listeners) {
    this.log = log
    this.companions = companions
    this.listeners = listeners
  }

  /** This run has ended, and its last lines are being read. */
  has(managed: Managed): boolean {
    return this.underWay.has(managed)
  }

  /** True when the event follows later. */
  holdBack(managed: Managed, event: Event): boolean {
    if (!ENDINGS.has(event.kind)) return false
    const reading = this.underWay.get(managed)
    if (reading !== undefined) {
      // The same exit, found by a look at the process table while its last lines are read, is no second one.
      if (event.kind !== 'exited') void reading.then(() => this.listeners.again(managed, event))
      return true
    }
    const waits = this.companions.map((companion) => companion.beforeEnd?.(managed) ?? null).filter((wait) => wait !== null)
    if (waits.length === 0) return false
    const heard = Promise.allSettled(waits).then((outcomes) => {
      for (const outcome of outcomes)
        if (outcome.status === 'rejected')
          this.log.error('Orchestrator', `not all that '${nameOf(managed)}' told was taken`, outcome.reason)
      this.underWay.delete(managed)
      if (event.kind !== 'exited' || liveRunOf(managed) !== null) this.listeners.heard(managed, event)
    })
    this.underWay.set(managed, heard)
    return true
  }

  /** Ends that were found are told by then; for the boot, which answers nobody before. */
  async all(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay.values())
  }
}
