/** Frames as WebSocket messages, for the web page and other programs. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { WireBounds } from './bounds.ts'
import type { Channel, ChannelListener } from './channel.ts'

export class WsChannel implements Channel {
  readonly carriesBytes = false
  private readonly ws: WebSocket
  private readonly socket: Duplex
  private readonly bounds: WireBounds

  constructor(ws: WebSocket, socket: Duplex, bounds: WireBounds) {
    this.ws = ws
    this.socket = socket
    this.bounds = bounds
  }

  get bufferedBytes(): number {
    return this.ws.bufferedAmount
  }

  listen(listener: ChannelListener): void {
    // Binary is invalid; an empty text gets the same answer as any other non-JSON.
    this.ws.on('message', (data, isBinary) => listener.message(isBinary ? '' : String(data)))
    this.socket.on('drain', () => listener.drained())
    // Broken frames and reset peers: ws answers with the right close code and always closes afterwards.
    this.ws.on('error', () => {})
    this.ws.on('close', () => listener.closed())
  }

  send(frame: string | readonly (string | Buffer)[]): void {
    if (this.ws.readyState !== this.ws.OPEN) return
    const text = typeof frame === 'string' ? frame : Buffer.concat(frame.map((part) => Buffer.from(part as string)))
    this.ws.send(text, { binary: false }, () => {})
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason.slice(0, 100))
    setTimeout(() => this.ws.terminate(), this.bounds.closeMs).unref()
  }

  destroy(): void {
    this.ws.terminate()
  }

  detach(): null {
    return null
  }

  pause(): void {
    this.ws.pause()
  }

  resume(): void {
    this.ws.resume()
  }
}
