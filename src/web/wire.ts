/** The page's JSON-RPC over a WebSocket: reconnects and resumes, so that each event comes once; a snapshot marks a gap. */
import { Backoff } from '../protocol/backoff.ts'
import type { ErrorBody } from '../protocol/errors.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import type { Hello, Input, Method, Notifications, Reply } from '../protocol/requests.ts'
import { type Place, resumeFeed } from '../protocol/resume.ts'
import { PROTOCOL_VERSION, VERSION } from '../protocol/version.ts'
import type { ProcessView } from '../protocol/view.ts'
import { withFullName } from '../words/full-names.ts'

export type FeedItem =
  | { kind: 'connected'; hello: Hello }
  /** `expelled`: the session has ended; reconnecting is useless. */
  | { kind: 'away'; expelled: boolean; nextTryMs?: number }
  | { kind: 'snapshot'; views: ProcessView[]; gap: boolean }
  | { kind: 'event'; event: PtrackEvent }
  | { kind: 'views'; changed: ProcessView[]; removed: string[] }

export class RequestError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly details: Record<string, unknown> | undefined
  constructor({ code, message, hint, details }: ErrorBody) {
    super(message)
    this.code = code
    this.hint = hint
    this.details = details
  }
}

/** Two and a half heartbeats of silence: the daemon hangs, or the connection is dead. */
const SILENCE_MS = 75_000
/** Policy violation: the daemon's close code for a client without rights. */
const EXPELLED = 1008

type Listener = (params: never) => void

export class Wire {
  private readonly onItem: (item: FeedItem) => void
  private readonly isAllowed: () => Promise<boolean>
  private socket: WebSocket | null = null
  private counter = 0
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  private readonly listeners = new Map<string, Set<Listener>>()
  private readonly place: Place = { epoch: undefined, seq: undefined }
  private readonly backoff = new Backoff()
  private heardMs = 0
  private closed = false
  private readonly watchdog: ReturnType<typeof setInterval>
  private readonly onOnline = (): void => this.open()

  /** `isAllowed` asks whether the session is still valid, when a connection could not be opened. */
  constructor(onItem: (item: FeedItem) => void, isAllowed: () => Promise<boolean>) {
    this.onItem = onItem
    this.isAllowed = isAllowed
    this.watchdog = setInterval(() => {
      if (this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heardMs > SILENCE_MS) this.socket.close()
    }, SILENCE_MS / 5)
    // Opening the lid, or a returning network, should not wait for a backoff.
    addEventListener('online', this.onOnline)
    this.open()
  }

  request<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>> {
    const { socket } = this
    if (socket?.readyState !== WebSocket.OPEN)
      return Promise.reject(new RequestError({ code: 'UNREACHABLE', message: `cannot ${method}: the daemon is away` }))
    const id = ++this.counter
    return new Promise<Reply<M>>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: never) => void, reject })
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  on<N extends keyof Notifications>(name: N, listener: (params: Notifications[N]) => void): () => void {
    const all = this.listeners.get(name) ?? new Set()
    this.listeners.set(name, all.add(listener as Listener))
    return () => all.delete(listener as Listener)
  }

  close(): void {
    this.closed = true
    clearInterval(this.watchdog)
    removeEventListener('online', this.onOnline)
    this.socket?.close()
  }

  private open(): void {
    if (this.closed || this.socket !== null) return
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws`)
    this.socket = socket
    let opened = false
    socket.onopen = () => {
      opened = true
      this.heardMs = performance.now()
      this.greet().catch((error: unknown) => {
        // The page is of an older version; the daemon serves the right one.
        if (error instanceof RequestError && error.code === 'VERSION_SKEW') reloadOnce(error.message)
        else socket.close()
      })
    }
    socket.onmessage = ({ data }) => this.receive(JSON.parse(String(data)))
    socket.onclose = ({ code }) => void this.lost(opened, code)
  }

  private async greet(): Promise<void> {
    const hello = await this.request('hello', { version: VERSION, protocol: PROTOCOL_VERSION, client: 'web' })
    const resumed = this.place.seq !== undefined
    const reply = await resumeFeed(this.request.bind(this), this.place, { views: true })
    this.backoff.reset()
    this.onItem({ kind: 'connected', hello })
    // With a replay the missed events follow, and no views: those are requested.
    const views = reply.snapshot ?? (await this.request('list', { all: true }))
    this.onItem({ kind: 'snapshot', views: views.map(withFullName), gap: reply.gap && resumed })
  }

  private async lost(opened: boolean, code: number): Promise<void> {
    this.socket = null
    for (const { reject } of this.waiting.values())
      reject(new RequestError({ code: 'UNREACHABLE', message: 'the daemon went away before it answered' }))
    this.waiting.clear()
    if (this.closed) return
    const expelled = code === EXPELLED || (!opened && !(await this.isAllowed()))
    if (expelled) this.closed = true
    if (expelled) return this.onItem({ kind: 'away', expelled })
    const waitMs = this.backoff.next()
    this.onItem({ kind: 'away', expelled, nextTryMs: Date.now() + waitMs })
    setTimeout(() => this.open(), waitMs)
  }

  tryNow(): void {
    this.open()
  }

  private receive(frame: {
    id?: number
    result?: unknown
    error?: { message: string; data?: ErrorBody }
    method?: string
    params?: never
  }): void {
    this.heardMs = performance.now()
    if (frame.method !== undefined) return this.notified(frame.method, frame.params!)
    const waiting = this.waiting.get(frame.id ?? -1)
    this.waiting.delete(frame.id ?? -1)
    if (frame.error) waiting?.reject(new RequestError(frame.error.data ?? { code: 'INTERNAL', message: frame.error.message }))
    else waiting?.resolve(frame.result as never)
  }

  private notified(method: string, params: never): void {
    const { place } = this
    switch (method) {
      case 'event': {
        const { event } = params as Notifications['event']
        if (place.seq !== undefined && event.seq <= place.seq) return
        place.seq = event.seq
        this.onItem({ kind: 'event', event })
        break
      }
      case 'views': {
        const { changed, removed } = params as Notifications['views']
        this.onItem({ kind: 'views', changed: changed.map(withFullName), removed })
        break
      }
      case 'lagged': {
        const { seq, snapshot } = params as Notifications['lagged']
        place.seq = seq
        this.onItem({ kind: 'snapshot', views: snapshot.map(withFullName), gap: true })
        break
      }
    }
    for (const listener of this.listeners.get(method) ?? []) listener(params)
  }
}

/** Once per reason: should the new page be of the wrong version too, it is not reloaded for ever. */
function reloadOnce(why: string): void {
  if (sessionStorage.getItem('ptrack-reloaded') === why) return
  sessionStorage.setItem('ptrack-reloaded', why)
  location.reload()
}
