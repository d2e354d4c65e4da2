/**
 * A byte stream over messages that may be lost: numbered chunks, a window of what the reader has not taken, and a sign of life.
 * A gap or a silence ends it, as a broken connection does; its users continue where they were, by cursor and number. Both ends
 * are alike.
 */
import { Duplex } from 'node:stream'
import { fleetLimits } from '../../protocol/fleet-limits.ts'

/** Below the payload that a server allows (1 MiB by default), with room for others' messages in between. */
export const CHUNK_BYTES = 64 * 1024
export const KEEP_MS = 5000
/** Three signs of life. */
export const SILENCE_MS = 15_000

/** Every frame: its kind, how many chunks were sent before it, and how many bytes were taken; both as 48 bits. */
const HEAD_BYTES = 13
const KIND = { chunk: 0x44, taken: 0x54, end: 0x45, keep: 0x4b, abort: 0x58 } as const
const MOST_WORDS = 300

export interface TunnelOptions {
  send(frame: Buffer): void
  /** Called once, when nothing more is sent. */
  release(): void
  nowMs(): number
  /** Calls again and again; returns how to stop. */
  every(ms: number, callback: () => void): () => void
  /** Of one chunk, at most; CHUNK_BYTES by default. */
  chunkBytes?: number
}

export class Tunnel extends Duplex {
  private readonly options: TunnelOptions
  private readonly chunkBytes: number
  /** Chunks sent and received. */
  private sent = 0
  private received = 0
  /** Bytes sent, and of these taken by the other side; bytes taken here, and of these acknowledged. */
  private sentBytes = 0
  private theirsTaken = 0
  private takenBytes = 0
  private acknowledged = 0
  private heldBytes = 0
  private readonly held: Buffer[] = []
  private wanted = false
  private theyEnded = false
  private pushedEnd = false
  private blocked: (() => void) | null = null
  private heardMs: number
  private readonly stopKeeping: () => void

  constructor(options: TunnelOptions) {
    super({ highWaterMark: CHUNK_BYTES, allowHalfOpen: true })
    this.options = options
    this.chunkBytes = Math.min(CHUNK_BYTES, options.chunkBytes ?? CHUNK_BYTES)
    this.heardMs = options.nowMs()
    this.stopKeeping = options.every(KEEP_MS, () => this.keep())
  }

  /** A message of the other side. */
  receive(data: Uint8Array): void {
    if (this.destroyed) return
    this.heardMs = this.options.nowMs()
    const frame = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    if (frame.length < HEAD_BYTES) return this.broken('a message that is none of ours came')
    const [kind, number, taken] = [frame[0], frame.readUIntBE(1, 6), frame.readUIntBE(7, 6)]
    if (kind === KIND.abort) {
      const words = frame.subarray(HEAD_BYTES).toString('utf8')
      this.destroy(words === '' ? undefined : new Error(words))
      return
    }
    // What follows a lost chunk shows that it is lost.
    if (number !== this.received) return this.broken(`messages were lost (${number} where ${this.received} was due)`)
    if (taken > this.sentBytes) return this.broken('a message that is none of ours came')
    this.theirsTaken = Math.max(this.theirsTaken, taken)
    if (kind === KIND.chunk) {
      const bytes = frame.subarray(HEAD_BYTES)
      this.received++
      this.heldBytes += bytes.length
      if (this.theyEnded || this.heldBytes > fleetLimits.tunnelWindowBytes) return this.broken('more came than was asked for')
      this.held.push(bytes)
      this.deliver()
    } else if (kind === KIND.end) {
      this.theyEnded = true
      this.deliver()
    }
    if (this.sentBytes - this.theirsTaken < fleetLimits.tunnelWindowBytes) this.unblock()
  }

  override _read(): void {
    this.wanted = true
    this.deliver()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    let at = 0
    const go = (): void => {
      while (at < bytes.length) {
        const room = fleetLimits.tunnelWindowBytes - (this.sentBytes - this.theirsTaken)
        if (room <= 0) {
          this.blocked = go
          return
        }
        const part = bytes.subarray(at, at + Math.min(room, this.chunkBytes))
        at += part.length
        this.sentBytes += part.length
        this.post(KIND.chunk, part)
        this.sent++
      }
      done()
    }
    go()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.post(KIND.end)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stopKeeping()
    // After an orderly end of both there is nobody to notify.
    if (!(this.writableFinished && this.theyEnded))
      this.post(KIND.abort, Buffer.from((error?.message ?? '').slice(0, MOST_WORDS), 'utf8'))
    this.held.length = 0
    this.options.release()
    // Its write would wait for ever.
    this.blocked = null
    done(error)
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy()
    else this.end(() => this.destroy())
  }

  private deliver(): void {
    while (this.wanted && this.held.length > 0) {
      const bytes = this.held.shift()!
      this.heldBytes -= bytes.length
      this.takenBytes += bytes.length
      this.wanted = this.push(bytes)
    }
    if (this.theyEnded && this.held.length === 0 && !this.pushedEnd) {
      this.pushedEnd = true
      this.push(null)
    }
    // Seldom enough to cost little, often enough that the writer never waits for a reader that has room.
    if (this.takenBytes - this.acknowledged >= fleetLimits.tunnelWindowBytes / 4) this.post(KIND.taken)
  }

  private keep(): void {
    if (this.options.nowMs() - this.heardMs > SILENCE_MS) this.destroy(new Error('the other side is silent'))
    else this.post(KIND.keep)
  }

  private unblock(): void {
    const go = this.blocked
    this.blocked = null
    go?.()
  }

  private post(kind: number, body?: Buffer): void {
    const frame = Buffer.allocUnsafe(HEAD_BYTES + (body?.length ?? 0))
    frame[0] = kind
    frame.writeUIntBE(this.sent, 1, 6)
    frame.writeUIntBE(this.takenBytes, 7, 6)
    body?.copy(frame, HEAD_BYTES)
    this.acknowledged = this.takenBytes
    this.options.send(frame)
  }

  private broken(why: string): void {
    this.destroy(new Error(why))
  }
}
