/**
 * TCP connections without a token so far: few, and not for long, so that they cannot keep out others. When full, a silent one
 * makes room for the newest, else one that was answered and is idle, else the one that has been sending its first request for the
 * longest: who has a token shows it in the first packet. The newest is closed only while all are being answered.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WireBounds } from './bounds.ts'

interface Stranger {
  socket: Socket
  timer: NodeJS.Timeout | null
  doing: 'first request' | 'answering' | 'answered'
}

export class Strangers {
  private readonly bounds: Pick<WireBounds, 'strangers' | 'strangerMs'>
  /** In order of arrival. */
  private readonly all = new Map<Duplex, Stranger>()

  constructor(bounds: Pick<WireBounds, 'strangers' | 'strangerMs'>) {
    this.bounds = bounds
  }

  arrive(socket: Socket): void {
    const newest: Stranger = { socket, timer: null, doing: 'first request' }
    this.all.set(socket, newest)
    this.arm(newest)
    socket.once('close', () => this.known(socket))
    if (this.all.size <= this.bounds.strangers) return
    const leaves = this.whoLeaves(newest)
    leaves.socket.destroy()
    this.known(leaves.socket)
  }

  /** It has shown a token, or is gone. */
  known(socket: Duplex): void {
    const stranger = this.all.get(socket)
    if (stranger) this.disarm(stranger)
    this.all.delete(socket)
  }

  /** Its request is being answered: the page is public, and may take longer on a slow line. */
  asked(socket: Duplex): void {
    const stranger = this.all.get(socket)
    if (!stranger) return
    stranger.doing = 'answering'
    this.disarm(stranger)
  }

  answered(socket: Duplex): void {
    const stranger = this.all.get(socket)
    if (!stranger) return
    stranger.doing = 'answered'
    this.arm(stranger)
  }

  private whoLeaves(newest: Stranger): Stranger {
    let idle: Stranger | null = null
    let sending: Stranger | null = null
    for (const stranger of this.all.values()) {
      if (stranger === newest) continue
      if (stranger.socket.bytesRead === 0) return stranger
      if (stranger.doing === 'answered') idle ??= stranger
      if (stranger.doing === 'first request') sending ??= stranger
    }
    return idle ?? sending ?? newest
  }

  private arm(stranger: Stranger): void {
    this.disarm(stranger)
    stranger.timer = setTimeout(() => stranger.socket.destroy(), this.bounds.strangerMs).unref()
  }

  private disarm(stranger: Stranger): void {
    if (stranger.timer) clearTimeout(stranger.timer)
    stranger.timer = null
  }
}
