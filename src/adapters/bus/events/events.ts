/** Events of the fleet in ptrackd-fleet: this node's go to where all are kept, and all are read from there. */
import type { FromAgent, ToAgent } from '../../../core/fleet/messages.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { EventStream } from '../../../protocol/fleet.ts'
import type { BusConnection } from '../bus.ts'
import type { OwnNode } from '../node.ts'
import type { Founder } from '../own/founder.ts'
import { RemoteStore, serveStore } from './desk.ts'
import { DirectStore } from './direct.ts'
import { type EventStore, unknown } from './event-store.ts'
import { OutboxReader } from './outbox-reader.ts'
import { Publisher } from './publisher.ts'

/** How long a bus that is just being connected may keep a request waiting. */
const PATIENCE_MS = 3000
/** For `fleet status`, which waits for nobody. */
const STATE_MS = 1000

export class Events {
  private readonly own: OwnNode
  private readonly founder: Founder | null
  private readonly outbox: OutboxReader
  private readonly publisher: Publisher
  private store: EventStore | null = null

  constructor(own: OwnNode, founder: Founder | null) {
    this.own = own
    this.founder = founder
    this.outbox = new OutboxReader(own.home)
    this.publisher = new Publisher(this.outbox)
  }

  serve(connection: BusConnection, jobs: Parameters<typeof serveStore>[3]): () => void {
    const { founder } = this
    const { node, own } = this.own.membership
    const isRemote = own !== null && founder === null
    const store = isRemote ? new RemoteStore(connection, node, own.founder) : new DirectStore(connection, node)
    this.store = store
    const stops = [this.publisher.serve(store, connection.payloadBytes)]
    if (founder !== null) stops.push(serveStore(connection, node, (other) => founder.roleOf(other), jobs))
    return () => {
      if (this.store === store) this.store = null
      for (const stop of stops) stop()
    }
  }

  /** The daemon has written some. */
  poke(): void {
    this.publisher.poke()
  }

  async page({ id, wanted, asker }: ToAgent & { kind: 'events' }): Promise<FromAgent> {
    await this.own.onBus(PATIENCE_MS)
    if (this.store === null) throw unknown(this.own.facts.reason ?? 'this node is not on the bus yet')
    return { kind: 'events', id, page: await this.store.page(wanted, asker) }
  }

  async status({ id }: ToAgent & { kind: 'eventsStatus' }): Promise<FromAgent> {
    const { facts } = this.own
    const stream = await Promise.race([
      this.stream().catch((error: unknown) => {
        if (error instanceof PtrackError) return null
        throw error
      }),
      new Promise<null>((resolve) => setTimeout(resolve, STATE_MS, null)),
    ])
    const reason = facts.state === 'up' ? this.publisher.reason : (facts.reason ?? 'this node is not on the bus yet')
    return { kind: 'eventsStatus', id, status: { waiting: this.outbox.waiting(), reason, stream } }
  }

  /** Throws BUS_DOWN. */
  async stream(): Promise<EventStream> {
    if (this.store === null) throw unknown('this node is not on the bus')
    return this.store.state()
  }
}
