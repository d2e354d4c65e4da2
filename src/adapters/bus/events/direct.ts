/** The events of the fleet for a node that may ask JetStream: the one that made the fleet, and each on a bus that others run. */
import { eventsOf, type Reader } from '../../../core/fleet/batches.ts'
import type { Asker, WantedEvents } from '../../../core/fleet/messages.ts'
import { weakerOf } from '../../../core/fleet/permissions.ts'
import type { EventStream, FleetEventsPage } from '../../../protocol/fleet.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { Role } from '../../../protocol/names.ts'
import type { BusConnection } from '../bus.ts'
import type { EventStore, Stored } from './event-store.ts'
import { JetStream, nodeOf } from './jetstream.ts'

/** Of the stream; people's and programs' connections take more in one piece. */
const PAGE_BYTES = 256 * 1024

export class DirectStore implements EventStore {
  private readonly stream: JetStream
  private readonly node: string
  private readonly role: Role

  /** `node`: for which one, with the role that it has elsewhere; `self` asks for it. */
  constructor(connection: BusConnection, self: string, node = self, role: Role = 'admin') {
    this.stream = new JetStream(connection, self)
    this.node = node
    this.role = role
  }

  last(): Promise<Stored> {
    return this.stream.last(this.node)
  }

  put(body: Buffer, expected: number): Promise<number | null> {
    return this.stream.put(this.node, body, expected)
  }

  state(): Promise<EventStream> {
    return this.stream.state()
  }

  async page({ since, stream, waitMs }: WantedEvents, asker: Asker): Promise<FleetEventsPage> {
    const state = await this.stream.state()
    const { first, last, made } = state
    if (since === null) return { events: [], next: last, first, last, stream: made, more: false, gap: null }
    const gap = since > last || (stream !== null && stream !== made) ? 'anew' : since > 0 && since + 1 < first ? 'expired' : null
    const reader = this.readerFor(asker)
    const untilMono = monoMs() + waitMs
    for (let next = gap === 'anew' ? 0 : since; ; ) {
      const messages = await this.stream.after(next, PAGE_BYTES, Math.max(0, Math.round(untilMono - monoMs())))
      next = messages.at(-1)?.seq ?? next
      const events = messages.flatMap((message) => {
        const node = nodeOf(message)
        const { data } = message
        const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')
        return node === null ? [] : eventsOf(message.seq, node, text, reader)
      })
      // Others' events are waited over.
      if (events.length === 0 && messages.length > 0 && monoMs() < untilMono) continue
      return { events, next, first, last: Math.max(last, next), stream: made, more: next < last, gap }
    }
  }

  /** People of a node may see all of that one as at home, and of the others as their role elsewhere allows. */
  private readerFor({ user, role }: Asker): Reader {
    const elsewhere = weakerOf(role, this.role)
    return { user, seesAll: (node) => (node === this.node ? role : elsewhere) === 'admin' }
  }
}
