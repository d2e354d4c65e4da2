/** One client connection, whatever its framing: whole texts in, whole texts out. */
export interface ChannelListener {
  /** One frame; the next one comes in a later turn, when replies to this one are counted in bufferedBytes. */
  message(text: string): void
  /** A frame above the limit began; nothing more will be delivered. */
  oversized(): void
  /** What was buffered has gone out. */
  drained(): void
  /** The client sends no more, but may still read. */
  ended(): void
  /** Called once, last. */
  closed(): void
}

export interface Channel {
  /** One frame; parts of it may be bytes that are JSON already. */
  send(frame: string | readonly (string | Buffer)[]): void
  /** Orderly: what is buffered goes out first, within bounds.closeMs. The code is a WebSocket close code. */
  close(code: number, reason: string): void
  destroy(): void
  /** Bytes accepted by send() that the kernel has not taken. */
  readonly bufferedBytes: number
  /** Stops reading, so that the client feels that we are busy. */
  pause(): void
  resume(): void
  /** Starts delivery. */
  listen(listener: ChannelListener): void
}

export const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008, tooLarge: 1009 } as const
