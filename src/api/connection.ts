/** One client: hello first, then concurrent requests, whose replies carry their ids. Independent of framing. */
import { setMaxListeners } from 'node:events'
import type { Duplex } from 'node:stream'
import { EncodedPage } from '../core/encoded-page.ts'
import { EncodedRows } from '../core/fleet/encoded-rows.ts'
import { LogChunk } from '../core/log-chunk.ts'
import type { DaemonLog } from '../core/world.ts'
import {
  decodeRequest,
  encodeError,
  encodeNotification,
  encodeReply,
  type RequestFrame,
  replyHead,
  replyHeadWithBytes,
} from '../protocol/codec.ts'
import { PtrackError, toErrorBody } from '../protocol/errors.ts'
import type { Hello, Method } from '../protocol/requests.ts'
import { type Access, isRefusal, type Peer } from './access.ts'
import { admitted } from './admit.ts'
import type { WireBounds } from './bounds.ts'
import { type Channel, CLOSE } from './channel.ts'
import { checkDepth, checkParams, isMethod } from './check-params.ts'
import { ConnectionFeeds } from './connection-feeds.ts'
import type { Handlers, RequestContext } from './contract.ts'
import { refuseInexact } from './exact-numbers.ts'
import type { Feed } from './feed.ts'
import type { Guard } from './guard.ts'
import { greet } from './hello.ts'
import type { TunnelDesk } from './tunnel.ts'

export interface ConnectionDeps {
  guard: Guard
  access: Access
  hello: (peer: Peer, cwd: string | null) => Hello
  feed: Feed
  log: DaemonLog
  bounds: WireBounds
  /** Absent: there is no fleet in this program. */
  tunnels?: TunnelDesk
  onClosed: (connection: Connection) => void
}

export class Connection {
  readonly number: number
  /** The client's name for itself; null before hello. */
  client: string | null = null
  private cwd: string | null = null
  private command: string[] | null = null
  private readonly channel: Channel
  private peer: Peer
  private readonly deps: ConnectionDeps
  private readonly gone = new AbortController()
  private readonly feeds: ConnectionFeeds
  private readonly helloTimer: NodeJS.Timeout
  private unwatch: () => void = () => {}
  private inFlight = 0
  private broken = 0
  private throttled = false
  private closing: { code: number; reason: string } | null = null
  private ended = false
  /** Its bytes go to another node; null = they are frames. */
  private ticket: string | null = null

  constructor(number: number, channel: Channel, peer: Peer, deps: ConnectionDeps) {
    this.number = number
    this.channel = channel
    this.peer = peer
    this.deps = deps
    this.feeds = new ConnectionFeeds(this.channel, deps.feed, deps.guard, deps.bounds)
    setMaxListeners(0, this.gone.signal)
    this.helloTimer = setTimeout(() => this.close(CLOSE.policy, 'no hello'), deps.bounds.helloMs).unref()
    this.become(peer)
    channel.listen({
      message: (text) => this.receive(text),
      oversized: () => this.refuseOversized(),
      drained: () => this.drained(),
      ended: () => this.clientEnded(),
      closed: () => this.closed(),
    })
  }

  /** Announces that the daemon stops; then ends, after pending requests are answered or `closeMs` is over. */
  stop(reason: string): void {
    if (this.ticket !== null) return this.destroy()
    if (this.client !== null) this.channel.send(encodeNotification('stopping', { reason }))
    this.closeWhenIdle(CLOSE.goingAway, reason)
  }

  destroy(): void {
    this.channel.destroy()
  }

  private receive(text: string): void {
    if (this.closing) return
    let frame: RequestFrame
    try {
      frame = decodeRequest(text)
      checkDepth(frame.params, this.deps.bounds.depth)
    } catch (error) {
      this.refuseBroken(error)
      return
    }
    try {
      refuseInexact(text)
    } catch (error) {
      this.fail(frame, error)
      return
    }
    if (this.inFlight >= this.deps.bounds.inFlight) {
      const why = `cannot ${frame.method.slice(0, 60)}: ${this.inFlight} requests of this connection are not answered yet`
      this.fail(frame, new PtrackError('BAD_REQUEST', why, { hint: 'wait for replies, or use another connection' }))
      return
    }
    this.inFlight++
    // Synchronous up to the handler's first await: subscriptions rely on it.
    this.answer(frame).finally(() => {
      this.inFlight--
      if (this.closing && this.inFlight === 0) this.closeNow()
    })
  }

  private async answer(frame: RequestFrame): Promise<void> {
    try {
      await this.perform(frame)
    } catch (error) {
      this.fail(frame, error)
    }
  }

  private async perform(frame: RequestFrame): Promise<void> {
    const { method, id } = frame
    if (!isMethod(method)) {
      throw new PtrackError('UNKNOWN_METHOD', `cannot ${method.slice(0, 60)}: the daemon knows no such request`, {
        hint: 'if the client is newer than the daemon: `ptrack daemon restart` (children are not harmed)',
      })
    }
    if (method === 'admit' && this.client === null) {
      const params = checkParams('admit', frame.params)
      this.deps.tunnels?.refuseFormer(params.key)
      this.peer = admitted(this.peer, params)
      this.reply(id, { ok: true })
      return
    }
    if (method === 'fleet.carry' && this.client === null) return this.carry(id, checkParams('fleet.carry', frame.params).ticket)
    if (method === 'hello') {
      const { client, cwd, command, token } = greet(frame.params, this.deps.hello(this.peer, null))
      if (token !== undefined) await this.show(token)
      this.client = client
      this.cwd = cwd
      this.command = command
      clearTimeout(this.helloTimer)
      this.reply(id, this.deps.hello(this.peer, cwd))
      return
    }
    if (this.client === null) throw new PtrackError('BAD_REQUEST', `cannot ${method}: the first request of a connection is hello`)
    const reply = (result: unknown): void => this.reply(id, result)
    if (method === 'fleet.open') return this.open(id, checkParams('fleet.open', frame.params).node)
    if (this.feeds.perform(method, frame.params, { peer: this.peer, cwd: this.cwd }, reply)) return
    const context: RequestContext = {
      client: this.client,
      user: this.peer.user,
      peer: this.peer,
      connection: this.number,
      cwd: this.cwd,
      command: this.command,
      signal: this.gone.signal,
    }
    const handler = this.deps.guard.handlers[method as keyof Handlers] as (
      params: unknown,
      context: RequestContext,
    ) => Promise<unknown>
    reply(await handler(checkParams(method as Method, frame.params), context))
  }

  /** Another node's daemon answers this client from now on. */
  private async open(id: number | string, node: string): Promise<void> {
    const { tunnels } = this.deps
    if (tunnels === undefined || this.peer.process !== null || this.peer.node !== undefined)
      throw new PtrackError('DENIED', 'cannot open a connection to another node from here')
    if (this.inFlight > 1)
      throw new PtrackError('BAD_REQUEST', 'cannot open a connection to another node: a request is unanswered')
    const { ticket, join } = await tunnels.open(node, this.peer)
    if (this.closing) return tunnels.end(ticket)
    this.ticket = ticket
    this.reply(id, { node })
    join(this.handOver(ticket))
  }

  /** ptrackd-fleet brings the other end of such a connection. */
  private carry(id: number | string, ticket: string): void {
    const { tunnels } = this.deps
    if (tunnels === undefined) throw new PtrackError('DENIED', 'cannot carry a connection: there is no fleet here')
    tunnels.carry(ticket, () => {
      this.ticket = ticket
      this.reply(id, { node: '' })
      return this.handOver(ticket)
    })
  }

  /** The stream itself. The watch over its rights stays. */
  private handOver(ticket: string): Duplex {
    clearTimeout(this.helloTimer)
    this.feeds.close()
    const stream = this.channel.detach()
    if (stream !== null) return stream
    this.deps.tunnels?.end(ticket)
    this.destroy()
    throw new PtrackError('BAD_REQUEST', 'cannot open a connection to another node: only daemon.sock carries one')
  }

  /** A token replaces the rights that the connection came with. Throws DENIED. */
  private async show(token: string): Promise<void> {
    if (this.peer.node !== undefined)
      throw new PtrackError('DENIED', 'cannot say hello: a token means nothing on a connection from another node')
    const admission = this.deps.access.bearer(token)
    // Awaited only if it must be: a subscription in the same packet keeps its order.
    const peer = admission instanceof Promise ? await admission : admission
    if (isRefusal(peer)) throw new PtrackError('DENIED', `cannot say hello: ${peer.reason}`)
    this.become(peer)
  }

  private become(peer: Peer): void {
    if (this.ended) return
    this.unwatch()
    this.peer = peer
    this.unwatch = this.deps.access.watch(peer, (reason) => this.close(CLOSE.policy, reason))
  }

  private reply(id: number | string, result: unknown): void {
    if (result instanceof EncodedPage || result instanceof EncodedRows) this.channel.send([replyHead(id), result.json, '}'])
    else if (result instanceof LogChunk && result.raw && result.bytes.length > 0 && this.channel.carriesBytes)
      this.channel.send([replyHeadWithBytes(id, result.bytes.length), `${JSON.stringify(result.head)}}\n`, result.bytes])
    else this.channel.send(encodeReply(id, result))
    this.throttle()
  }

  private fail(frame: RequestFrame, error: unknown): void {
    if (error instanceof PtrackError) {
      this.channel.send(encodeError(frame.id, toErrorBody(error)))
    } else {
      const method = frame.method.slice(0, 60)
      this.deps.log.error('api', `${method} of ${this.client ?? 'a client'} failed unexpectedly`, error)
      const why = `cannot ${method}: ${error instanceof Error ? error.message : String(error)}`
      this.channel.send(
        encodeError(frame.id, {
          code: 'INTERNAL',
          message: why,
          hint: 'this is a defect of ptrack; `ptrack daemon logs` has more',
        }),
      )
    }
    this.throttle()
  }

  /** A client that asks without reading the answers is not read either. */
  private throttle(): void {
    if (this.throttled || this.channel.bufferedBytes <= this.deps.bounds.clientBufferBytes) return
    this.throttled = true
    this.channel.pause()
  }

  private drained(): void {
    if (this.throttled && this.channel.bufferedBytes <= this.deps.bounds.clientBufferBytes / 2) {
      this.throttled = false
      this.channel.resume()
    }
    if (!this.closing) this.feeds.drained()
  }

  private refuseBroken(error: unknown): void {
    if (!(error instanceof PtrackError)) throw error
    this.channel.send(encodeError(null, toErrorBody(error)))
    this.throttle()
    if (error.code === 'TOO_LARGE') this.close(CLOSE.tooLarge, 'message too large')
    else if (++this.broken >= this.deps.bounds.brokenFrames) this.close(CLOSE.policy, 'too many broken messages')
  }

  private refuseOversized(): void {
    const why = `cannot read the message: it is larger than ${this.deps.bounds.frameBytes} bytes`
    this.channel.send(encodeError(null, { code: 'TOO_LARGE', message: why }))
    this.close(CLOSE.tooLarge, 'message too large')
  }

  private clientEnded(): void {
    this.release()
    this.closeWhenIdle(CLOSE.normal, 'bye')
  }

  private closeWhenIdle(code: number, reason: string): void {
    if (this.closing) return
    this.closing = { code, reason }
    this.feeds.close()
    if (this.inFlight === 0) this.closeNow()
    else setTimeout(() => this.closeNow(), this.deps.bounds.closeMs / 2).unref()
  }

  private close(code: number, reason: string): void {
    if (this.ticket !== null) return this.destroy()
    this.closing ??= { code, reason }
    this.release()
    this.closeNow()
  }

  private closeNow(): void {
    if (this.ended) return
    this.ended = true
    this.channel.close(this.closing?.code ?? CLOSE.normal, this.closing?.reason ?? '')
  }

  private closed(): void {
    this.closing ??= { code: CLOSE.normal, reason: 'gone' }
    this.ended = true
    this.release()
    this.deps.onClosed(this)
  }

  private release(): void {
    clearTimeout(this.helloTimer)
    this.unwatch()
    this.feeds.close()
    this.gone.abort()
  }
}
