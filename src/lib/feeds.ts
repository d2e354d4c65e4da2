/** Events and views for a client: the reconnecting subscription, as a loop or as listeners. */
import { subscribeForever } from '../client/reconnecting.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import { EVENT_TYPES } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { EventsOptions } from './inputs.ts'
import type { Link } from './link.ts'

/**
 * An event of the daemon, or of the feed: `disconnected` (it reconnects, and missed events follow), and `gap` when they cannot:
 * another daemon, or a reader that was too slow. Ask for the present state then.
 */
export type FeedEvent =
  | PtrackEvent
  | { type: 'gap'; seq: number }
  | { type: 'connected' }
  | { type: 'disconnected'; reason: string }

export type Listener<T extends FeedEvent['type']> = (event: Extract<FeedEvent, { type: T }>) => void

const OWN_TYPES = ['gap', 'connected', 'disconnected']

export class Feeds {
  /** Resolved once the listeners' subscription stands: a later request misses nothing. */
  listening: Promise<void> = Promise.resolve()
  private readonly link: Link
  private readonly closing = new AbortController()
  private readonly listeners = new Map<string, Set<(event: FeedEvent) => void>>()
  private shared: AbortController | null = null

  constructor(link: Link) {
    this.link = link
  }

  async *events(options: EventsOptions, signal: AbortSignal = this.closing.signal): AsyncGenerator<FeedEvent, void, void> {
    const { types, targets, since } = options
    const filter = types || targets ? { types, targets } : undefined
    for await (const item of subscribeForever({ connect: () => this.link.fresh(), filter, since, signal })) {
      if (item.kind === 'event') yield item.event
      else if (item.kind === 'snapshot' && item.gap) yield { type: 'gap', seq: item.seq }
      else if (item.kind === 'connected') yield { type: 'connected' }
      else if (item.kind === 'disconnected') yield { type: 'disconnected', reason: item.error?.message ?? 'closed' }
    }
  }

  on<T extends FeedEvent['type']>(type: T, listener: Listener<T>): () => void {
    if (!OWN_TYPES.includes(type) && !(EVENT_TYPES as readonly string[]).includes(type))
      throw new PtrackError('USAGE', `cannot listen: there is no event \`${type}\``, { hint: `one of: ${EVENT_TYPES.join(' ')}` })
    const entry = (event: FeedEvent): void => listener(event as Extract<FeedEvent, { type: T }>)
    const all = this.listeners.get(type) ?? new Set()
    this.listeners.set(type, all.add(entry))
    this.shared ??= this.share()
    return () => {
      all.delete(entry)
      if ([...this.listeners.values()].some((each) => each.size > 0)) return
      this.shared?.abort()
      this.shared = null
    }
  }

  watch(listener: (views: ProcessView[]) => void): () => void {
    const stop = this.stoppable()
    void this.watchUntil(stop.signal, listener)
    return () => stop.abort()
  }

  close(): void {
    this.closing.abort()
  }

  /** One subscription for all listeners, in the order of events. */
  private share(): AbortController {
    const stop = this.stoppable()
    this.listening = new Promise((resolve) => {
      void this.feedListeners(stop.signal, resolve).finally(resolve)
    })
    return stop
  }

  private async feedListeners(signal: AbortSignal, ready: () => void): Promise<void> {
    const emit = (event: FeedEvent): void => {
      for (const listener of this.listeners.get(event.type) ?? []) listener(event)
    }
    const feed = this.events({}, signal)
    for (;;) {
      const next = await feed.next().catch(sayDisconnected)
      if (next.done) {
        if (next.value) emit(next.value)
        return
      }
      // Also without a daemon: a request then reports that itself.
      if (next.value.type === 'connected' || next.value.type === 'disconnected') ready()
      emit(next.value)
    }
  }

  private async watchUntil(signal: AbortSignal, listener: (views: ProcessView[]) => void): Promise<void> {
    const views = new Map<string, ProcessView>()
    const options = { connect: () => this.link.fresh(), filter: { types: [] }, views: true, signal }
    for await (const item of subscribeForever(options)) {
      if (item.kind === 'snapshot') {
        views.clear()
        for (const view of item.views) views.set(view.id, view)
      } else if (item.kind === 'views') {
        for (const view of item.changed) views.set(view.id, view)
        for (const id of item.removed) views.delete(id)
      } else continue
      listener([...views.values()])
    }
  }

  private stoppable(): AbortController {
    const stop = new AbortController()
    const { signal } = this.closing
    if (signal.aborted) stop.abort()
    else signal.addEventListener('abort', () => stop.abort(), { once: true, signal: stop.signal })
    return stop
  }
}

/** An error that reconnecting cannot cure ends the feed, and listeners get the reason. */
function sayDisconnected(error: unknown): { done: true; value: FeedEvent } {
  if (!(error instanceof PtrackError)) throw error
  return { done: true, value: { type: 'disconnected', reason: error.message } }
}
