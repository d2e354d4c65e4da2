/** Connections to other nodes' daemons, and from other nodes to this one's. */
import type { Socket } from 'node:net'
import type { Asker, ToAgent } from '../../core/fleet/messages.ts'
import { askerOf, isAnswerId, isAnswerTo, subjects } from '../../core/fleet/names.ts'
import { iso } from '../../core/iso.ts'
import { type ErrorBody, fromErrorBody, PtrackError, toErrorBody } from '../../protocol/errors.ts'
import { FLEET_PROTOCOL, NODE_NAME } from '../../protocol/fleet.ts'
import { fleetLimits } from '../../protocol/fleet-limits.ts'
import { monoMs } from '../../protocol/mono.ts'
import { splice } from '../../protocol/splice.ts'
import { VERSION } from '../../protocol/version.ts'
import { type BusConnection, newAnswerId } from './bus.ts'
import { asOfNode, decode, encode, type OwnNode, rightsOf } from './node.ts'
import { ask, asPtrackError, openDaemon } from './own-daemon.ts'
import { Tunnel } from './tunnel.ts'

/** How long a bus that is just being connected may keep a request waiting. */
const PATIENCE_MS = 3000

/** What is sent to a node to be let in, and what it answers. */
interface Open {
  /** Where this node hears what comes back. */
  answer: string
  fleet: number
  version: string
}
type Opened = { id: string; version: string } | { error: ErrorBody }

export class Tunnels {
  private readonly own: OwnNode
  private readonly going = new Map<string, Tunnel>()
  private readonly coming = new Set<Tunnel>()
  /** Closed before they were open. */
  private readonly unwanted = new Set<string>()

  constructor(own: OwnNode) {
    this.own = own
  }

  /** Throws NODE_AWAY, BUS_DOWN, VERSION_SKEW, and what the far daemon says. */
  async open({ ticket, node, asker }: ToAgent & { kind: 'open' }): Promise<void> {
    const connection = await this.own.onBus(PATIENCE_MS)
    if (connection === null) throw this.busDown(node)
    if (this.going.size >= fleetLimits.tunnels)
      throw new PtrackError('FAILED', `cannot reach ${node}: ${fleetLimits.tunnels} connections to other nodes are open already`)
    const early: Uint8Array[] = []
    let tunnel: Tunnel | null = null
    const self = this.own.membership.node
    const answer = newAnswerId()
    const release = connection.subscribe(subjects.answer(self, node, answer), ({ data }) => {
      if (tunnel === null) early.push(data)
      else tunnel.receive(data)
    })
    try {
      const subject = await this.ask(connection, node, asOfNode(this.own, asker), answer)
      tunnel = this.tunnelOn(connection, subject, release)
      const opened = tunnel
      this.going.set(ticket, opened)
      opened.once('close', () => this.going.delete(ticket))
      for (const data of early) opened.receive(data)
      if (this.unwanted.delete(ticket)) opened.destroy()
      else await this.carry(ticket, opened)
    } catch (error) {
      this.unwanted.delete(ticket)
      if (tunnel === null) release()
      else (tunnel as Tunnel).destroy()
      throw error
    }
  }

  close(ticket: string): void {
    const tunnel = this.going.get(ticket)
    if (tunnel !== undefined) tunnel.destroy(new Error('the rights of the client that opened it have ended'))
    else if (this.unwanted.size < fleetLimits.tunnels) this.unwanted.add(ticket)
  }

  endAll(why: string): void {
    for (const tunnel of [...this.going.values(), ...this.coming]) tunnel.destroy(new Error(why))
  }

  /** Lets others in. */
  serve(connection: BusConnection): (() => void)[] {
    const stop = connection.subscribe(subjects.opens(this.own.membership.node), (message) => {
      const asker = askerOf(message.subject)
      const { reply } = message
      if (asker === null || !isAnswerTo(reply, asker.from, this.own.membership.node)) return
      void this.admit(connection, asker, message.data).then((answer) => connection.publish(reply, encode(answer)))
    })
    return [stop]
  }

  private async ask(connection: BusConnection, node: string, asker: Asker, answer: string): Promise<string> {
    const self = this.own.membership.node
    const wanted: Open = { answer, fleet: FLEET_PROTOCOL, version: VERSION }
    const reply = await connection.request(
      subjects.open(node, asker, self),
      encode(wanted),
      subjects.answer(self, node, newAnswerId()),
      fleetLimits.answerMs,
    )
    if (reply === 'nobody') throw this.nodeAway(node, 'it is not there')
    if (reply === 'silent') throw this.nodeAway(node, `it did not answer within ${fleetLimits.answerMs / 1000} s`)
    const opened = decode(reply.data) as Opened | null
    if (opened !== null && 'error' in opened) throw fromErrorBody(opened.error)
    if (!isAnswerId(opened?.id)) throw this.nodeAway(node, 'its answer cannot be read')
    return subjects.connection(node, asker, self, opened.id)
  }

  private async carry(ticket: string, tunnel: Tunnel): Promise<void> {
    const socket = await openDaemon(this.own.home)
    await ask(socket, [{ method: 'fleet.carry', params: { ticket } }])
    splice(socket, tunnel)
  }

  private async admit(connection: BusConnection, asker: Asker & { from: string }, data: Uint8Array): Promise<Opened> {
    const { answer, fleet, version } = (decode(data) ?? {}) as Partial<Open>
    const { node } = this.own.membership
    if (!isAnswerId(answer) || !NODE_NAME.test(asker.from))
      return { error: { code: 'BAD_REQUEST', message: `cannot reach ${node}: it cannot read the request` } }
    if (fleet !== FLEET_PROTOCOL)
      return {
        error: {
          code: 'VERSION_SKEW',
          message: `cannot reach ${node}: it is version ${VERSION} (fleet protocol ${FLEET_PROTOCOL}), ${asker.from} is version ${String(version)} (fleet protocol ${String(fleet)})`,
          hint: 'install the same version on both',
        },
      }
    if (this.coming.size >= fleetLimits.tunnels)
      return {
        error: {
          code: 'FAILED',
          message: `cannot reach ${node}: it has ${fleetLimits.tunnels} connections from other nodes already`,
        },
      }
    let socket: Socket
    try {
      socket = await openDaemon(this.own.home)
      await ask(socket, [{ method: 'admit', params: { ...rightsOf(this.own, asker), node: asker.from } }])
    } catch (error) {
      return { error: toErrorBody(asPtrackError(error, `reach the daemon of ${node}`)) }
    }
    const id = newAnswerId()
    // Nothing comes before our answer is there.
    const release = connection.subscribe(subjects.connection(node, asker, asker.from, id), (message) =>
      tunnel.receive(message.data),
    )
    const tunnel: Tunnel = this.tunnelOn(connection, subjects.answer(asker.from, node, answer), release)
    this.coming.add(tunnel)
    tunnel.once('close', () => this.coming.delete(tunnel))
    splice(socket, tunnel)
    return { id, version: VERSION }
  }

  private tunnelOn(connection: BusConnection, subject: string, release: () => void): Tunnel {
    return new Tunnel({
      send: (frame) => connection.publish(subject, frame),
      release,
      nowMs: monoMs,
      every: (ms, callback) => {
        const timer = setInterval(callback, ms)
        return () => clearInterval(timer)
      },
      chunkBytes: Math.max(1024, connection.payloadBytes - 1024),
    })
  }

  private nodeAway(node: string, why: string): PtrackError {
    const { presence, membership } = this.own
    const nowMono = monoMs()
    const since = presence.stateOf(node, nowMono) === 'away' ? presence.sinceOf(node, nowMono) : null
    const here = presence.present(nowMono).filter((name) => name !== membership.node)
    const hint = here.length === 0 ? 'no other node is here; see `ptrack fleet ls`' : `here are: ${here.slice(0, 20).join(', ')}`
    const known = presence.has(node) ? why : 'no node of this name has been seen'
    return new PtrackError(
      'NODE_AWAY',
      `cannot reach the node ${node}: ${since === null ? known : `${why}, last seen ${iso(since)}`}`,
      { hint, details: { node } },
    )
  }

  private busDown(node: string): PtrackError {
    const { state, reason } = this.own.facts
    return new PtrackError(
      'BUS_DOWN',
      `cannot reach the node ${node}: ${state === 'refused' ? 'this node is refused: ' : 'the bus is away: '}${reason ?? 'not connected yet'}`,
      { hint: '`ptrack fleet status` shows it; what is local works on' },
    )
  }
}
