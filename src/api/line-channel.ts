/** Frames as lines on a stream, for the CLI. */
import type { Socket } from 'node:net'
import { LineReader } from '../protocol/lines.ts'
import type { WireBounds } from './bounds.ts'
import type { Channel, ChannelListener } from './channel.ts'

export class LineChannel implements Channel {
  readonly carriesBytes = true
  private readonly socket: Socket
  private readonly bounds: WireBounds
  private readonly reader = new LineReader()
  private listener: ChannelListener | null = null
  private paused = false
  private turnPending = false
  private deaf = false
  private corked = false
  private inputEnded = false
  private detached = false

  /** `first`: bytes already read to detect the framing; the socket is paused. */
  constructor(socket: Socket, first: Buffer, bounds: WireBounds) {
    this.socket = socket
    this.bounds = bounds
    this.reader.push(first)
  }

  get bufferedBytes(): number {
    return this.socket.writableLength
  }

  listen(listener: ChannelListener): void {
    this.listener = listener
    this.socket.on('data', (chunk: Buffer) => {
      if (this.deaf) return
      this.reader.push(chunk)
      this.deliver()
    })
    this.socket.on('drain', () => listener.drained())
    // Node reports the end even of a paused socket: pending lines come first.
    this.socket.on('end', () => {
      this.inputEnded = true
      this.notifyEnd()
    })
    this.socket.on('close', () => listener.closed())
    this.deliver()
    this.resumeReading()
  }

  send(frame: string | readonly (string | Buffer)[]): void {
    if (!this.socket.writable) return
    // Everything of one turn goes out in one system call.
    if (!this.corked) {
      this.corked = true
      this.socket.cork()
      process.nextTick(() => {
        this.corked = false
        this.socket.uncork()
      })
    }
    for (const part of typeof frame === 'string' ? [frame] : frame) this.socket.write(part)
    this.socket.write('\n')
  }

  close(_code: number, _reason: string): void {
    this.deaf = true
    if (this.socket.destroyed) return
    // Read and dropped: unread bytes would turn the close into a reset that discards what we just wrote.
    this.socket.resume()
    this.socket.end(() => this.socket.destroy())
    setTimeout(() => this.socket.destroy(), this.bounds.closeMs).unref()
  }

  destroy(): void {
    this.deaf = true
    this.socket.destroy()
  }

  detach(): Socket | null {
    // What came behind the request was not meant for us.
    if (this.deaf || this.inputEnded || this.reader.pendingBytes > 0) return null
    this.deaf = true
    this.detached = true
    this.socket.removeAllListeners('data')
    this.socket.removeAllListeners('end')
    this.socket.removeAllListeners('drain')
    this.socket.pause()
    return this.socket
  }

  pause(): void {
    this.paused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.deliver()
    this.resumeReading()
  }

  /** One line a turn; with more pending, reading stops, so a reply to the first can slow down the second. */
  private deliver(): void {
    if (this.deaf || this.paused || this.turnPending) return
    const line = this.nextFrame()
    if (line === null) {
      if (this.reader.pendingBytes <= this.bounds.frameBytes) return
      this.deaf = true
      this.listener?.oversized()
      return
    }
    if (this.reader.hasLine()) {
      this.turnPending = true
      this.socket.pause()
      setImmediate(() => this.nextTurn())
    }
    this.listener?.message(line)
    // The rest may already be too long to become a frame.
    if (!this.turnPending && !this.deaf && this.reader.pendingBytes > this.bounds.frameBytes) this.deliver()
  }

  private nextTurn(): void {
    this.turnPending = false
    this.deliver()
    this.resumeReading()
  }

  private resumeReading(): void {
    if (this.paused || this.turnPending || this.detached) return
    this.socket.resume()
    this.notifyEnd()
  }

  private notifyEnd(): void {
    if (!this.inputEnded || this.paused || this.turnPending || this.deaf) return
    this.inputEnded = false
    this.listener?.ended()
  }

  private nextFrame(): string | null {
    for (let line = this.reader.next(); line !== null; line = this.reader.next()) if (line.trim() !== '') return line
    return null
  }
}
