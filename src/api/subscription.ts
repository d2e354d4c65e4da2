/**
 * One subscription: events by a cursor into the ring, views as a set of changed ids. Replay, live events and catching up are the
 * same walk of the cursor, so nothing is lost or doubled; the walk stops when the client's buffer is full, so unsent bytes are
 * bounded.
 */
import type { PtrackEvent } from '../protocol/events.ts'
import type { Params } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { EventLog } from '../supervisor/event-log.ts'
import type { WireBounds } from './bounds.ts'
import type { Framing, ViewText } from './framing.ts'
import type { Sight } from './guard.ts'

export interface Sink {
  send(text: string): void
  readonly bufferedBytes: number
  /** Unsent bytes it may have; default clientBufferBytes. */
  readonly roomBytes?: number
}

/** Shared by all subscriptions, so that nothing is serialized once per client. */
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
  readonly framing: Framing
  readonly wantsViews: boolean
  /** `healthCheck` is published every few seconds, so only on request. */
  readonly wantsMonitorEvents: boolean
  cursor = 0
  private readonly shared: SharedFeed
  private readonly types: ReadonlySet<string> | null
  private readonly matches: ((name: string, id: string) => boolean) | null
  private readonly sight: Sight
  /** With a narrowed sight: the processes it has seen, whose removal it may see too. */
  private readonly seen = new Set<string>()
  private readonly changed = new Set<string>()
  /** The buffer was full and has not drained below half since. */
  private behind = false

  constructor(id: string, sink: Sink, shared: SharedFeed, params: Params<'subscribe'>, sight: Sight, framing: Framing) {
    this.id = id
    this.sink = sink
    this.framing = framing
    this.shared = shared
    this.wantsViews = params.views
    this.sight = sight
    this.types = params.filter?.types ? new Set(params.filter.types) : null
    this.wantsMonitorEvents =
      sight === null && !params.filter?.targets && (this.types === null ? !params.views : this.types.has('healthCheck'))
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
      if (this.wants(event)) this.sink.send(this.framing.event(this.id, event, this.shared.eventJson(event)))
    }
  }

  noteViews(changed: readonly ProcessView[], removed: readonly string[]): void {
    for (const view of changed) this.changed.add(view.id)
    for (const id of removed) this.changed.add(id)
  }

  /** Pushes what changed since the last time; waits while older views are unsent, so the latest always wins. */
  flushViews(): void {
    if (this.changed.size === 0 || this.sink.bufferedBytes > this.shared.bounds.viewsRoomBytes) return
    const changed: ViewText[] = []
    const removed: string[] = []
    for (const id of this.changed) {
      const latest = this.shared.latestView(id)
      if (latest === null) {
        if (this.sight === null || this.seen.delete(id)) removed.push(id)
      } else if ((this.matches === null || this.matches(latest.view.name, id)) && this.sees(id)) changed.push(latest)
    }
    this.changed.clear()
    if (changed.length + removed.length === 0) return
    const text = this.framing.views(this.id, changed, removed)
    if (text !== null) this.sink.send(text)
  }

  snapshot(): ProcessView[] {
    const all = this.shared.snapshot()
    const { matches, sight } = this
    if (matches === null && sight === null) return all
    return all.filter((view) => (matches === null || matches(view.name, view.id)) && this.sees(view.id))
  }

  private sees(id: string): boolean {
    if (this.sight === null) return true
    if (!this.sight(id)) return false
    if (this.wantsViews) this.seen.add(id)
    return true
  }

  hasRoom(): boolean {
    const { roomBytes = this.shared.bounds.clientBufferBytes } = this.sink
    this.behind = this.sink.bufferedBytes > (this.behind ? roomBytes / 2 : roomBytes)
    return !this.behind
  }

  private wants(event: PtrackEvent): boolean {
    if (this.types !== null && !this.types.has(event.type)) return false
    if (this.sight !== null && (event.id === null || !this.sight(event.id))) return false
    return this.matches === null || (event.process !== null && event.id !== null && this.matches(event.process, event.id))
  }

  /** The ring has passed the cursor: the present state replaces the lost events. */
  private lag(): void {
    this.cursor = this.shared.events.seq
    this.changed.clear()
    this.sink.send(this.framing.lagged(this.id, this.cursor, this.snapshot()))
  }
}
