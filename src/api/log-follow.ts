/** One followed log. Its position is a cursor, not a buffer: for a slow client, following stops and continues there later. */
import { Redactor, streamKey } from '../core/redact.ts'
import type { LogFollower } from '../core/world-logs.ts'
import { encodeNotification } from '../protocol/codec.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { LogPage } from '../protocol/requests.ts'
import type { WireBounds } from './bounds.ts'
import type { FollowLogs } from './contract.ts'
import type { Sink } from './subscription.ts'

export class LogFollow {
  readonly id: string
  private readonly sink: Sink
  private readonly followLogs: FollowLogs
  private readonly bounds: WireBounds
  private cursor: string
  private readonly redactor = new Redactor()
  private follower: LogFollower | null = null
  private state: 'idle' | 'following' | 'waiting' | 'closed' = 'idle'

  constructor(id: string, sink: Sink, followLogs: FollowLogs, bounds: WireBounds, cursor: string) {
    this.id = id
    this.sink = sink
    this.followLogs = followLogs
    this.bounds = bounds
    this.cursor = cursor
  }

  /** Throws for an invalid cursor; `reply` is called before the first page is sent. */
  start(reply: () => void): void {
    const early: LogPage[] = []
    let replied = false
    this.state = 'following'
    const follower = this.followLogs(this.cursor, (page) => {
      if (replied) this.take(page)
      else early.push(page)
    })
    this.follower = follower
    reply()
    replied = true
    for (const page of early) this.take(page)
  }

  drained(): void {
    if (this.state !== 'waiting' || this.sink.bufferedBytes > this.bounds.clientBufferBytes / 2) return
    try {
      this.start(() => {})
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      this.close()
      this.deliver({ lines: [], cursor: this.cursor, more: false, notices: [error.message] })
    }
  }

  close(): void {
    this.state = 'closed'
    this.follower?.close()
    this.follower = null
  }

  private take(page: LogPage): void {
    if (this.state !== 'following') return
    this.cursor = page.cursor
    this.deliver(page)
    if (this.sink.bufferedBytes <= this.bounds.clientBufferBytes) return
    this.state = 'waiting'
    this.follower?.close()
    this.follower = null
  }

  private deliver(page: LogPage): void {
    const lines = this.redactor.lines(page.lines, streamKey)
    this.sink.send(encodeNotification('logs', { follow: this.id, lines, cursor: page.cursor, notices: page.notices }))
  }
}
