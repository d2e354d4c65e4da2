/** This node's events for the fleet: each is in the outbox on disk before anybody sees it. */
import { eventLine } from '../../core/fleet/batches.ts'
import type { Membership } from '../../core/fleet/messages.ts'
import type { World } from '../../core/world.ts'
import type { FleetOutbox } from '../../core/world-fleet.ts'
import type { PtrackEvent } from '../../protocol/events.ts'
import type { EventLog } from '../event-log.ts'

/** ptrackd-fleet hears of new ones so often at most: what comes together goes together. */
const TELL_MS = 50

interface Sources {
  world: World
  events: EventLog
  /** Of a process that is, or was a moment ago. */
  ownerOf(id: string): string | null
  /** There are new ones. */
  tell(): void
}

export class OutgoingEvents {
  private readonly sources: Sources
  private readonly membership: Membership
  private readonly outbox: FleetOutbox
  private readonly stop: () => void
  private cancelTell: (() => void) | null = null
  private refused: string | null = null

  /** `since`: the number of the last one that is not the fleet's. */
  constructor(sources: Sources, membership: Membership, outbox: FleetOutbox, since: number) {
    this.sources = sources
    this.membership = membership
    this.outbox = outbox
    for (const event of sources.events.since(since) ?? []) this.write(event)
    this.stop = sources.events.onEvent((event) => this.write(event), true)
  }

  close(): void {
    this.stop()
    this.cancelTell?.()
    this.outbox.close()
  }

  private write(event: PtrackEvent): void {
    // Published every few seconds where somebody looks, and of no use later.
    if (event.type === 'healthCheck') return
    const { world, events, ownerOf } = this.sources
    const owner = event.id === null ? null : ownerOf(event.id)
    if (!this.isFor(owner)) return
    const refused = this.outbox.append(eventLine(events.epoch, owner, event))
    if (refused !== null && this.refused === null)
      world.log.warn('fleet', `events of this node are lost to the fleet: ${refused}`)
    this.refused = refused
    this.tellSoon()
  }

  /** Everybody on a bus that vouches for nobody can read it: only what others may see here anyway goes there (bus/node.ts). */
  private isFor(owner: string | null): boolean {
    const { own, trustBus } = this.membership
    return own !== null || trustBus || owner === this.sources.world.user
  }

  private tellSoon(): void {
    this.cancelTell ??= this.sources.world.clock.wakeAfter(TELL_MS, () => {
      this.cancelTell = null
      this.sources.tell()
    })
  }
}
