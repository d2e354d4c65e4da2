/** All subscriptions of the daemon: distributes events and views, sends heartbeats, counts watchers. */
import { PtrackError } from '../protocol/errors.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Params, SubscribeReply } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { EventLog } from '../supervisor/event-log.ts'
import type { WireBounds } from './bounds.ts'
import type { ViewSource } from './contract.ts'
import { type Framing, jsonRpc } from './framing.ts'
import type { Sight } from './guard.ts'
import { type SharedFeed, type Sink, Subscription } from './subscription.ts'

/** Notified when the number of watchers changes: nothing is measured without any. */
export interface FeedDemand {
  setWatchers(count: number): void
  setListeners(count: number): void
}

export class Feed implements SharedFeed {
  readonly events: EventLog
  readonly bounds: WireBounds
  private readonly source: ViewSource
  private readonly demand: FeedDemand | undefined
  private readonly subscriptions = new Set<Subscription>()
  private readonly stopListening: (() => void)[] = []
  /** Views pushed while somebody watches: one copy for all clients, at most one per process. */
  private readonly latest = new Map<string, { view: ProcessView; json: string | null }>()
  private lastEvent: { event: PtrackEvent; json: string } | null = null
  private viewTimer: NodeJS.Timeout | null = null
  private viewsFlushedAt = 0
  private heart: NodeJS.Timeout | null = null
  private counter = 0

  private stopViews: (() => void) | null = null

  constructor(options: { events: EventLog; views: ViewSource; bounds: WireBounds; demand?: FeedDemand | undefined }) {
    this.events = options.events
    this.bounds = options.bounds
    this.source = options.views
    this.demand = options.demand
    this.stopListening.push(
      this.events.onEvent(() => {
        for (const subscription of this.subscriptions) subscription.pump()
      }),
      () => this.stopViews?.(),
    )
  }

  get watchers(): number {
    let count = 0
    for (const subscription of this.subscriptions) if (subscription.wantsViews) count++
    return count
  }

  get listeners(): number {
    let count = 0
    for (const subscription of this.subscriptions) if (subscription.wantsMonitorEvents) count++
    return count
  }

  /** Calls `reply` before anything is sent, in the same turn: nothing happens between snapshot and live events. */
  subscribe(
    sink: Sink,
    params: Params<'subscribe'>,
    reply: (reply: SubscribeReply) => void,
    sight: Sight = null,
    framing: Framing = jsonRpc,
  ): Subscription {
    let mine = 0
    for (const other of this.subscriptions) if (other.sink === sink) mine++
    if (mine >= this.bounds.subscriptions)
      throw new PtrackError(
        'BAD_REQUEST',
        `cannot subscribe: this connection has ${this.bounds.subscriptions} subscriptions already`,
      )
    const subscription = new Subscription(`s${++this.counter}`, sink, this, params, sight, framing)
    const { since, epoch = this.events.epoch } = params
    const replays = since !== undefined && epoch === this.events.epoch && this.events.holdsAfter(since)
    subscription.cursor = replays ? since : this.events.seq
    // Views are not the sum of events: watchers get the present ones even when every missed event is replayed.
    const snapshot = replays && !params.views ? null : subscription.snapshot()
    reply({
      subscription: subscription.id,
      epoch: this.events.epoch,
      seq: this.events.seq,
      snapshot,
      gap: since !== undefined && !replays,
      replayed: this.events.seq - subscription.cursor,
    })
    this.subscriptions.add(subscription)
    this.heart ??= setInterval(() => this.beat(), this.bounds.heartbeatMs).unref()
    if (subscription.wantsViews) {
      // Only while wanted: an idle daemon need not build the views of a thousand processes.
      this.stopViews ??= this.source.onViews((push) => this.noteViews(push.changed, push.removed))
      this.demand?.setWatchers(this.watchers)
    }
    if (subscription.wantsMonitorEvents) this.demand?.setListeners(this.listeners)
    subscription.pump()
    return subscription
  }

  unsubscribe(subscription: Subscription): void {
    if (!this.subscriptions.delete(subscription)) return
    if (subscription.wantsViews) {
      const { watchers } = this
      if (watchers === 0) {
        this.stopViews?.()
        this.stopViews = null
        this.latest.clear()
      }
      this.demand?.setWatchers(watchers)
    }
    if (subscription.wantsMonitorEvents) this.demand?.setListeners(this.listeners)
    if (this.subscriptions.size === 0 && this.heart) {
      clearInterval(this.heart)
      this.heart = null
    }
  }

  drained(subscription: Subscription): void {
    subscription.pump()
    if (subscription.wantsViews) this.scheduleViews()
  }

  close(): void {
    for (const stop of this.stopListening) stop()
    for (const subscription of [...this.subscriptions]) this.unsubscribe(subscription)
    if (this.viewTimer) clearTimeout(this.viewTimer)
  }

  eventJson(event: PtrackEvent): string {
    if (this.lastEvent?.event !== event) this.lastEvent = { event, json: JSON.stringify(event) }
    return this.lastEvent.json
  }

  latestView(id: string): { view: ProcessView; json: string } | null {
    const latest = this.latest.get(id)
    if (!latest) return null
    latest.json ??= JSON.stringify(latest.view)
    return { view: latest.view, json: latest.json }
  }

  snapshot(): ProcessView[] {
    return this.source.all()
  }

  match(targets: string[]): (name: string, id: string) => boolean {
    return this.source.match(targets)
  }

  private noteViews(changed: readonly ProcessView[], removed: readonly string[]): void {
    if (this.watchers === 0) return
    for (const view of changed) this.latest.set(view.id, { view, json: null })
    for (const id of removed) this.latest.delete(id)
    for (const subscription of this.subscriptions) if (subscription.wantsViews) subscription.noteViews(changed, removed)
    this.scheduleViews()
  }

  private scheduleViews(): void {
    if (this.viewTimer) return
    const dueInMs = Math.max(0, this.viewsFlushedAt + this.bounds.viewsPeriodMs - monoMs())
    this.viewTimer = setTimeout(() => {
      this.viewTimer = null
      this.viewsFlushedAt = monoMs()
      for (const subscription of this.subscriptions) if (subscription.wantsViews) subscription.flushViews()
    }, dueInMs).unref()
  }

  private beat(): void {
    const sinks = new Map<Sink, Framing>()
    for (const { sink, framing } of this.subscriptions) sinks.set(sink, framing)
    // The number promises that everything up to it was offered; and a full buffer proves more than a heartbeat would.
    for (const { sink, cursor } of this.subscriptions) if (cursor !== this.events.seq) sinks.delete(sink)
    const texts = new Map<Framing, string | null>()
    for (const [sink, framing] of sinks) {
      if (!texts.has(framing)) texts.set(framing, framing.heartbeat(this.events.seq))
      const text = texts.get(framing)
      if (text) sink.send(text)
    }
  }
}
