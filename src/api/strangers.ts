/**
 * Connections by TCP that have shown no token yet: a few places for all of them together, and not for long, so that they
 * cannot keep out who has one. When the places are taken the one that has been there longest makes room for the newest,
 * who may be about to show a token.
 */
import type { Duplex } from 'node:stream'
import type { WireBounds } from './bounds.ts'

export class Strangers {
  private readonly bounds: Pick<WireBounds, 'strangers' | 'strangerMs'>
  /** In the order of their coming. */
  private readonly timers = new Map<Duplex, NodeJS.Timeout | null>()

  constructor(bounds: Pick<WireBounds, 'strangers' | 'strangerMs'>) {
    this.bounds = bounds
  }

  arrive(socket: Duplex): void {
    this.timers.set(socket, null)
    this.arm(socket)
    socket.once('close', () => this.known(socket))
    if (this.timers.size <= this.bounds.strangers) return
    const [oldest] = this.timers.keys()
    oldest?.destroy()
    if (oldest !== undefined) this.known(oldest)
  }

  /** It has shown a token, or is gone. */
  known(socket: Duplex): void {
    this.disarm(socket)
    this.timers.delete(socket)
  }

  /** Its request is being answered: the page itself is for everybody, and may take longer on a slow line. */
  asked(socket: Duplex): void {
    this.disarm(socket)
  }

  answered(socket: Duplex): void {
    if (this.timers.has(socket)) this.arm(socket)
  }

  private arm(socket: Duplex): void {
    this.disarm(socket)
    this.timers.set(socket, setTimeout(() => socket.destroy(), this.bounds.strangerMs).unref())
  }

  private disarm(socket: Duplex): void {
    const timer = this.timers.get(socket)
    if (!timer) return
    clearTimeout(timer)
    this.timers.set(socket, null)
  }
}
