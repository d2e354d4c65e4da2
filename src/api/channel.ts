/** One client connection, whatever its framing: whole texts in, whole texts out. */
import type { Duplex } from 'node:stream'

export interface ChannelListener {
  /** One frame; the next comes in a later turn, when bufferedBytes includes the replies to this one. */
  message(text: string): void
  /** A frame above the limit began; nothing more is delivered. */
  oversized(): void
  drained(): void
  /** The client sends no more, but may still read. */
  ended(): void
  /** Called once, last. */
  closed(): void
}

export interface Channel {
  /** A frame may be followed by bytes that are no text. */
  readonly carriesBytes: boolean
  /** One frame; parts of it may be bytes that are JSON already. */
  send(frame: string | readonly (string | Buffer)[]): void
  /** Orderly: flushes first, within bounds.closeMs. The code is a WebSocket close code. */
  close(code: number, reason: string): void
  destroy(): void
  /** Bytes accepted by send() that the kernel has not taken. */
  readonly bufferedBytes: number
  /** Stops reading, so that the client notices back-pressure. */
  pause(): void
  resume(): void
  /** Gives the stream away, with all that was sent; nothing is delivered any more. null: it carries messages, not bytes. */
  detach(): Duplex | null
  listen(listener: ChannelListener): void
}

export const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008, tooLarge: 1009 } as const
