/** A subscription that survives reconnects: by epoch and number each event comes once, or a fresh snapshot marks a gap. */
import { Backoff } from '../protocol/backoff.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Hello, Input } from '../protocol/requests.ts'
import { type Place, resumeFeed } from '../protocol/resume.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { Client } from './client.ts'
import { isAway } from './log-stream.ts'

export type FeedItem =
  | { kind: 'connected'; hello: Hello }
  | { kind: 'disconnected'; error: Error | null }
  /** The present views. `gap`: events before `seq` are missing; with `seq` 0, the last ones of a former daemon may be. */
  | { kind: 'snapshot'; views: ProcessView[]; seq: number; gap: boolean }
  | { kind: 'event'; event: PtrackEvent }
  | { kind: 'views'; changed: ProcessView[]; removed: string[] }

export interface FeedOptions {
  /** connect() or connectOrStart(). */
  connect: () => Promise<Client>
  filter?: Input<'subscribe'>['filter']
  views?: boolean
  /** Begin after this event instead of with a snapshot. */
  since?: number
  signal?: AbortSignal
}

/** Read but not consumed; beyond it reading stops and the daemon bounds the rest. */
const QUEUE_ITEMS = 1000
/** Two and a half heartbeats without a byte: the daemon hangs or the connection is dead. */
const SILENCE_MS = 75_000

/** Runs until the signal, `break`, or an error that reconnecting does not cure (such as VERSION_SKEW), which it throws. */
export async function* subscribeForever(options: FeedOptions): AsyncGenerator<FeedItem, void, void> {
  const { signal } = options
  const place: Place = { epoch: undefined, seq: options.since }
  const backoff = new Backoff()
  while (!signal?.aborted) {
    let feed: Feed | null = null
    try {
      feed = new Feed(await options.connect(), place, options)
      await feed.subscribe()
    } catch (error) {
      feed?.close()
      if (!isAway(error)) throw error
      yield { kind: 'disconnected', error: error as Error }
      await pause(backoff.next(), signal)
      continue
    }
    try {
      backoff.reset()
      for (let item = await feed.next(); item !== null; item = await feed.next()) yield item
    } finally {
      feed.close()
    }
    if (signal?.aborted) return
    const error = await feed.client.closed
    if (error instanceof PtrackError && !isAway(error)) throw error
    yield { kind: 'disconnected', error }
    await pause(backoff.next(), signal)
  }
}

/** One connection's part of the feed: a bounded queue between the socket and the consumer. */
class Feed {
  readonly client: Client
  private readonly place: Place
  private readonly options: FeedOptions
  private readonly queue: FeedItem[] = []
  private wake: () => void = () => {}
  private over = false
  private readonly watchdog: NodeJS.Timeout
  private readonly onAbort = (): void => this.close()

  constructor(client: Client, place: Place, options: FeedOptions) {
    this.client = client
    this.place = place
    this.options = options
    this.watchdog = setInterval(() => {
      // A paused reader is silent by its own choice.
      if (this.queue.length < QUEUE_ITEMS && monoMs() - client.lastHeardMs > SILENCE_MS) this.close()
    }, SILENCE_MS / 5).unref()
    options.signal?.addEventListener('abort', this.onAbort, { once: true })
    client.closed.then(() => {
      this.over = true
      this.wake()
    })
  }

  async subscribe(): Promise<void> {
    const { client, place, options } = this
    const ask = client.request.bind(client)
    const { snapshot, gap, otherDaemon } = await resumeFeed(ask, place, { filter: options.filter, views: options.views ?? false })
    this.put({ kind: 'connected', hello: client.hello })
    if (snapshot) this.put({ kind: 'snapshot', views: snapshot, seq: place.seq ?? 0, gap: gap || otherDaemon })
    client.on('event', ({ event }) => {
      if (place.seq !== undefined && event.seq <= place.seq) return
      place.seq = event.seq
      this.put({ kind: 'event', event })
    })
    client.on('views', ({ changed, removed }) => this.put({ kind: 'views', changed, removed }))
    client.on('lagged', ({ seq, snapshot }) => {
      place.seq = seq
      this.put({ kind: 'snapshot', views: snapshot, seq, gap: true })
    })
    // A filtered feed sees few numbers; heartbeats move its position, so that a resume needs no long replay.
    client.on('heartbeat', ({ seq }) => {
      if (place.seq !== undefined && seq > place.seq) place.seq = seq
    })
  }

  /** null when the connection is over and its queue is empty. */
  async next(): Promise<FeedItem | null> {
    for (;;) {
      if (this.options.signal?.aborted) return null
      const item = this.queue.shift()
      if (item) {
        if (this.queue.length === QUEUE_ITEMS / 2) this.client.resume()
        return item
      }
      if (this.over) return null
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  close(): void {
    clearInterval(this.watchdog)
    this.options.signal?.removeEventListener('abort', this.onAbort)
    this.client.close()
  }

  private put(item: FeedItem): void {
    this.queue.push(item)
    if (this.queue.length >= QUEUE_ITEMS) this.client.pause()
    this.wake()
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
    if (signal?.aborted) done()
  })
}
