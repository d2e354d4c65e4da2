/**
 * One subscription: events by a cursor into the ring, views as a set of changed ids. Replay, live events and catching up
 * after a slow moment are the same walk of the cursor, so nothing can be lost or doubled between them; what is unsent is
 * bounded, since the walk stops when the client's buffer is full and the ring, not the subscription, holds the rest.
 */
import { encodeNotification } from '../protocol/codec.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import type { Params } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { EventLog } from '../supervisor/event-log.ts'
import type { WireBounds } from './bounds.ts'

/** Where a subscription writes to. */
export interface Sink {
  send(text: string): void
  readonly bufferedBytes: number
}

/** What all subscriptions share, so that nothing is serialised once per client. */
export interface SharedFeed {
  readonly events: EventLog
  readonly bounds: WireBounds
  eventJson(event: PtrackEvent): string
  /** Present view with its JSON; null when the process is gone. */
  latestView(id: string): { view: ProcessView; json: string } | null
  snapshot(): ProcessView[]
  match(targets: string[]): (name: string, id: string) => boolean
}

export class Subscription {
  readonly id: string
  readonly sink: Sink
  readonly wantsViews: boolean
  /** `healthCheck` is told every few seconds, so only while somebody asks for it. */
  readonly hearsRounds: boolean
  /** Number of the last event that was offered to this client. */
  cursor = 0
  private readonly shared: SharedFeed
  private readonly types: ReadonlySet<string> | null
  private readonly matches: ((name: string, id: string) => boolean) | null
  private readonly changed = new Set<string>()
  /** The buffer was found full and has not drained below half since. */
  private behind = false

  constructor(id: string, sink: Sink, shared: SharedFeed, params: Params<'subscribe'>) {
    this.id = id
    this.sink = sink
    this.shared = shared
    this.wantsViews = params.views
    this.types = params.filter?.types ? new Set(params.filter.types) : null
    this.hearsRounds = !params.filter?.targets && (this.types === null ? !params.views : this.types.has('healthCheck'))
    this.matches = params.filter?.targets ? shared.match(params.filter.targets) : null
  }

  /** Sends events until the client is up to date or its buffer is full. */
  pump(): void {
    const { events } = this.shared
    while (this.cursor < events.seq) {
      if (!this.hasRoom()) return
      const event = events.at(this.cursor + 1)
      if (event === null) {
        this.lag()
        return
      }
      this.cursor = event.seq
      if (this.wants(event))
        this.sink.send(
          `{"jsonrpc":"2.0","method":"event","params":{"subscription":"${this.id}","event":${this.shared.eventJson(event)}}}`,
        )
    }
  }

  noteViews(changed: readonly ProcessView[], removed: readonly string[]): void {
    for (const view of changed) this.changed.add(view.id)
    for (const id of removed) this.changed.add(id)
  }

  /** One push of what changed since the last one; waits while older views are unsent, so the latest always wins. */
  flushViews(): void {
    if (this.changed.size === 0 || this.sink.bufferedBytes > this.shared.bounds.viewsRoomBytes) return
    const changed: string[] = []
    const removed: string[] = []
    for (const id of this.changed) {
      const latest = this.shared.latestView(id)
      if (latest === null) removed.push(JSON.stringify(id))
      else if (this.matches === null || this.matches(latest.view.name, id)) changed.push(latest.json)
    }
    this.changed.clear()
    if (changed.length + removed.length === 0) return
    this.sink.send(
      `{"jsonrpc":"2.0","method":"views","params":{"subscription":"${this.id}","changed":[${changed.join(',')}],"removed":[${removed.join(',')}]}}`,
    )
  }

  /** The present views this subscription is about. */
  snapshot(): ProcessView[] {
    const all = this.shared.snapshot()
    const { matches } = this
    return matches === null ? all : all.filter((view) => matches(view.name, view.id))
  }

  hasRoom(): boolean {
    const { clientBufferBytes } = this.shared.bounds
    this.behind = this.sink.bufferedBytes > (this.behind ? clientBufferBytes / 2 : clientBufferBytes)
    return !this.behind
  }

  private wants(event: PtrackEvent): boolean {
    if (this.types !== null && !this.types.has(event.type)) return false
    return this.matches === null || (event.process !== null && event.id !== null && this.matches(event.process, event.id))
  }

  /** The ring has moved past the cursor: say so, with the present state instead of the lost events. */
  private lag(): void {
    this.cursor = this.shared.events.seq
    this.changed.clear()
    this.sink.send(encodeNotification('lagged', { subscription: this.id, seq: this.cursor, snapshot: this.snapshot() }))
  }
}
