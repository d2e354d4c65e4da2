/** A connection to the daemon: requests and notifications over a stream. Every command loads it, so no schemas, no WebSocket. */
import type { Duplex } from 'node:stream'
import { decodeFromDaemon, encodeRequest, type NotificationFrame, type ReplyFrame } from '../protocol/codec.ts'
import { formatDuration } from '../protocol/duration.ts'
import { fromErrorBody, PtrackError } from '../protocol/errors.ts'
import { LineReader } from '../protocol/lines.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Hello, Input, Method, Notifications, Reply } from '../protocol/requests.ts'

export interface RequestOptions {
  /** Give up waiting (TIMED_OUT); the daemon continues. */
  timeoutMs?: number
}

/** What carries the lines: a socket, or a WebSocket that behaves like one. */
export type Transport = Duplex & { destroySoon(): void; ref(): unknown; unref(): unknown }

interface Waiting {
  resolve: (result: unknown) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout | null
}

type Frame = ReplyFrame | NotificationFrame
type Listener<N extends keyof Notifications> = (params: Notifications[N]) => void

export class Client {
  /** The daemon's hello; set once connect() has returned. */
  hello: Hello = { version: '', protocol: 0, capabilities: [], pid: 0, home: '', startedAt: '', user: '' }
  /** Resolves when the connection is over: null after close(), else why. Never rejects. */
  readonly closed: Promise<Error | null>
  /** monoMs() of the last bytes from the daemon; silence beyond its heartbeat means that it hangs. */
  lastHeardMs = monoMs()
  private readonly socket: Transport
  private readonly reader = new LineReader()
  private begun: Frame | null = null
  private readonly waiting = new Map<number, Waiting>()
  private readonly listeners = new Map<string, Set<(params: never) => void>>()
  private nextId = 1
  private over: PtrackError | null = null
  private closing = false
  private stopReason: string | null = null
  private paused = false
  private turnPending = false

  /** Takes over a connected socket; connect() in connect.ts makes both. */
  constructor(socket: Transport) {
    this.socket = socket
    let brokenBy: Error | null = null
    socket.on('data', (chunk: Buffer) => {
      this.lastHeardMs = monoMs()
      this.reader.push(chunk)
      this.deliver()
    })
    socket.on('error', (error) => {
      brokenBy = error
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', () => resolve(this.end(brokenBy)))
    })
  }

  /** Rejects with the daemon's PtrackError, or UNREACHABLE when the connection ends before the answer. */
  request<M extends Method>(method: M, params: Input<M>, options: RequestOptions = {}): Promise<Reply<M>> {
    if (this.over || this.closing) return Promise.reject(this.unsent(method))
    const id = this.nextId++
    return new Promise<Reply<M>>((resolve, reject) => {
      const { timeoutMs } = options
      const timer = timeoutMs === undefined ? null : setTimeout(() => this.giveUp(id, method, timeoutMs), timeoutMs)
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, timer })
      this.socket.write(`${encodeRequest(id, method, params)}\n`)
    })
  }

  /**
   * Calls back with each notification of this name; returns how to stop. What follows a reply is delivered in a later turn, so a
   * listener added right after `await client.request('subscribe', ...)` misses nothing.
   */
  on<N extends keyof Notifications>(name: N, listener: Listener<N>): () => void {
    const entry = ((params: Notifications[N]) => listener(params)) as (params: never) => void
    let all = this.listeners.get(name)
    if (!all) {
      all = new Set()
      this.listeners.set(name, all)
    }
    all.add(entry)
    return () => {
      all.delete(entry)
    }
  }

  /** Ends the connection after flushing; unanswered requests are rejected. */
  close(): void {
    this.closing = true
    this.socket.destroySoon()
  }

  /** Stops reading: the backlog of a slow consumer stays with the daemon, which bounds it. */
  pause(): void {
    this.paused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.deliver()
    if (!this.paused && !this.turnPending) this.socket.resume()
  }

  /** Whether an open connection keeps this program alive; default: it does. */
  keepAlive(on: boolean): void {
    if (on) this.socket.ref()
    else this.socket.unref()
  }

  /** For final-requests.ts, without event loop: descriptor and next id. null when Node still has buffered bytes. */
  seize(): { descriptor: number; firstId: number } | null {
    // Not public, but every Node we support has it for such a socket.
    const { _handle } = this.socket as unknown as { _handle?: { fd?: number } | null }
    const descriptor = _handle?.fd
    if (this.over || this.closing || this.socket.writableLength > 0 || descriptor === undefined || descriptor < 0) return null
    return { descriptor, firstId: this.nextId }
  }

  private deliver(): void {
    while (!this.paused && !this.turnPending && !this.socket.destroyed) {
      const frame = this.nextFrame()
      if (frame === null) return
      if (!this.take(frame)) continue
      // The awaiting caller runs before later notifications, which may arrive in the same turn in another chunk.
      this.turnPending = true
      this.socket.pause()
      setImmediate(() => {
        this.turnPending = false
        this.deliver()
        if (!this.paused && !this.turnPending) this.socket.resume()
      })
    }
  }

  /** null until it is there, with the bytes behind it. */
  private nextFrame(): Frame | null {
    if (this.begun === null) {
      const line = this.reader.next()
      if (line === null) return null
      try {
        this.begun = decodeFromDaemon(line)
      } catch (cause) {
        this.socket.destroy(new PtrackError('UNREACHABLE', 'cannot understand the daemon: its answer is not JSON-RPC', { cause }))
        return null
      }
    }
    const frame = this.begun
    if ('bytes' in frame && 'result' in frame) {
      const bytes = this.reader.take(frame.bytes! + 1)
      if (bytes === null) return null
      Object.assign(frame.result as object, { bytes: bytes.subarray(0, -1) })
    }
    this.begun = null
    return frame
  }

  /** Returns true for a reply. */
  private take(frame: Frame): boolean {
    if ('method' in frame) {
      const { method, params } = frame
      if (method === 'stopping') this.stopReason = (params as Notifications['stopping']).reason
      for (const listener of this.listeners.get(method) ?? []) listener(params as never)
      return false
    }
    if (frame.id === null && 'error' in frame) {
      // The daemon could not even read the request's id: every request fails.
      this.socket.destroy(fromErrorBody(frame.error.data))
      return false
    }
    const waiting = this.waiting.get(frame.id as number)
    if (!waiting) return true
    this.waiting.delete(frame.id as number)
    if (waiting.timer) clearTimeout(waiting.timer)
    if ('error' in frame) waiting.reject(fromErrorBody(frame.error.data))
    else waiting.resolve(frame.result)
    return true
  }

  /** `details.sent: false`: the request was never sent, so it cannot have been done. */
  private unsent(method: string): PtrackError {
    const { code, message, hint, details, cause } =
      this.over ?? new PtrackError('UNREACHABLE', `cannot ${method}: the connection is closed`, { details: { errno: 'CLOSED' } })
    return new PtrackError(code, message, { hint, details: { ...details, sent: false }, cause })
  }

  private giveUp(id: number, method: string, timeoutMs: number): void {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    waiting?.reject(
      new PtrackError('TIMED_OUT', `cannot ${method}: the daemon did not answer within ${formatDuration(timeoutMs)}`),
    )
  }

  private end(brokenBy: Error | null): PtrackError | null {
    this.over =
      brokenBy instanceof PtrackError
        ? brokenBy
        : new PtrackError(
            'UNREACHABLE',
            `cannot reach the daemon any more: ${this.stopReason ?? brokenBy?.message ?? 'it closed the connection'}`,
            {
              hint: 'see `ptrack daemon status` and `ptrack daemon logs`',
              details: { errno: 'CLOSED' },
              cause: brokenBy ?? undefined,
            },
          )
    for (const { reject, timer } of this.waiting.values()) {
      if (timer) clearTimeout(timer)
      reject(this.over)
    }
    this.waiting.clear()
    return this.closing ? null : this.over
  }
}
