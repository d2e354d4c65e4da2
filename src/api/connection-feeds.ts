/** What one connection is sent unasked: its subscriptions and followed logs, and the four requests about them. */
import { PtrackError } from '../protocol/errors.ts'
import type { Method } from '../protocol/requests.ts'
import type { Peer } from './access.ts'
import type { WireBounds } from './bounds.ts'
import { checkParams } from './check-params.ts'
import type { FollowLogs } from './contract.ts'
import type { Feed } from './feed.ts'
import type { Guard } from './guard.ts'
import { LogFollow } from './log-follow.ts'
import type { Sink, Subscription } from './subscription.ts'

export class ConnectionFeeds {
  private readonly sink: Sink
  private readonly feed: Feed
  private readonly guard: Guard
  private readonly bounds: WireBounds
  private readonly subscriptions = new Map<string, Subscription>()
  private readonly follows = new Map<string, LogFollow>()
  private followCounter = 0

  constructor(sink: Sink, feed: Feed, guard: Guard, bounds: WireBounds) {
    this.sink = sink
    this.feed = feed
    this.guard = guard
    this.bounds = bounds
  }

  /** Answers the request, synchronously, if it is one of these four; false = it is not. */
  perform(
    method: Method,
    params: unknown,
    { peer, cwd }: { peer: Peer; cwd: string | null },
    reply: (result: unknown) => void,
  ): boolean {
    switch (method) {
      case 'subscribe': {
        const wanted = this.guard.meant('subscribe', checkParams('subscribe', params), { peer, cwd })
        const subscription = this.feed.subscribe(this.sink, wanted, reply, this.guard.sight(wanted, peer))
        this.subscriptions.set(subscription.id, subscription)
        return true
      }
      case 'unsubscribe': {
        const { subscription: id } = checkParams('unsubscribe', params)
        const subscription = this.subscriptions.get(id)
        if (subscription) this.feed.unsubscribe(subscription)
        reply({ ok: this.subscriptions.delete(id) })
        return true
      }
      case 'logs.follow': {
        const { cursor } = checkParams('logs.follow', params)
        if (this.follows.size >= this.bounds.subscriptions)
          throw new PtrackError('BAD_REQUEST', `cannot follow: this connection follows ${this.bounds.subscriptions} logs already`)
        const followLogs: FollowLogs = (from, onPage) => this.guard.followLogs(from, onPage, peer)
        const follow = new LogFollow(`f${++this.followCounter}`, this.sink, followLogs, this.bounds, cursor)
        this.follows.set(follow.id, follow)
        try {
          follow.start(() => reply({ follow: follow.id }))
        } catch (error) {
          this.follows.delete(follow.id)
          throw error
        }
        return true
      }
      case 'logs.unfollow': {
        const { follow: id } = checkParams('logs.unfollow', params)
        this.follows.get(id)?.close()
        reply({ ok: this.follows.delete(id) })
        return true
      }
      default:
        return false
    }
  }

  drained(): void {
    for (const subscription of this.subscriptions.values()) this.feed.drained(subscription)
    for (const follow of this.follows.values()) follow.drained()
  }

  close(): void {
    for (const subscription of this.subscriptions.values()) this.feed.unsubscribe(subscription)
    for (const follow of this.follows.values()) follow.close()
    this.subscriptions.clear()
    this.follows.clear()
  }
}
