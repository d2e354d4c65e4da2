/** `fleet.open`: a client's connection, continued by one of ptrackd-fleet, which comes with a ticket. From then on the daemon only hands bytes on. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Peer } from '../core/rights.ts'
import { PtrackError } from '../protocol/errors.ts'
import { splice } from '../protocol/splice.ts'

/** What is needed of the fleet: brings the other end of a connection, or fails. */
export interface FarSide {
  open(ticket: string, node: string, peer: Peer): { failed: Promise<never>; arrived(): void }
  endConnection(ticket: string): void
  isPresent(key: string): boolean
}

export interface Arrived {
  ticket: string
  /** Takes the client's end, once its connection has answered. */
  join(client: Duplex): void
}

export class TunnelDesk {
  private readonly far: FarSide
  private readonly expected = new Map<string, (end: Duplex) => void>()

  constructor(far: FarSide) {
    this.far = far
  }

  /** Resolves when the other end is here. Throws NO_FLEET, NODE_AWAY, BUS_DOWN and the like. */
  async open(node: string, peer: Peer): Promise<Arrived> {
    const ticket = randomBytes(16).toString('hex')
    const { failed, arrived } = this.far.open(ticket, node, peer)
    const end = new Promise<Duplex>((resolve) => this.expected.set(ticket, resolve))
    try {
      const far = await Promise.race([end, failed])
      arrived()
      return { ticket, join: (client) => splice(client, far) }
    } finally {
      this.expected.delete(ticket)
    }
  }

  /** The other end: `take` gives its stream away. Throws DENIED for a ticket that nobody waits for. */
  carry(ticket: string, take: () => Duplex): void {
    const expected = this.expected.get(ticket)
    if (expected === undefined) throw new PtrackError('DENIED', 'cannot carry a connection: nobody waits for this ticket')
    this.expected.delete(ticket)
    expected(take())
  }

  /** A former ptrackd-fleet may go on for a moment, and must change nothing. Throws FENCED. */
  refuseFormer(key: string | undefined): void {
    if (key !== undefined && !this.far.isPresent(key))
      throw new PtrackError('FENCED', 'cannot act for the fleet: another ptrackd-fleet has taken the place of this one')
  }

  /** The rights of the client that opened it have ended. */
  end(ticket: string): void {
    this.far.endConnection(ticket)
  }
}
