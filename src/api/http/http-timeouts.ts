/** Limits the time between two heads, and for a body, however slowly a client drips. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WireBounds } from '../bounds.ts'

export class HttpTimeouts {
  private readonly bounds: Pick<WireBounds, 'headMs' | 'bodyMs' | 'idleMs'>
  private readonly timers = new WeakMap<Duplex, NodeJS.Timeout>()

  constructor(bounds: Pick<WireBounds, 'headMs' | 'bodyMs' | 'idleMs'>) {
    this.bounds = bounds
  }

  begin(socket: Duplex): void {
    this.arm(socket, this.bounds.headMs)
    socket.once('close', () => this.end(socket))
  }

  headCame(socket: Duplex, request: IncomingMessage): void {
    this.end(socket)
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return
    this.arm(socket, this.bounds.bodyMs)
    request.once('end', () => this.end(socket))
  }

  answered(socket: Duplex): void {
    if (!socket.destroyed) this.arm(socket, this.bounds.idleMs)
  }

  end(socket: Duplex): void {
    clearTimeout(this.timers.get(socket))
    this.timers.delete(socket)
  }

  private arm(socket: Duplex, ms: number): void {
    this.end(socket)
    this.timers.set(socket, setTimeout(() => socket.destroy(), ms).unref())
  }
}
