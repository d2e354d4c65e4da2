/** What reading needs to know of logs, in the daemon (`LogStream`) or outside it (outside/). */
import type { StreamName } from './paths.ts'
import type { Entry } from './time-index.ts'

/** Bytes of a stream. `offset` is later than requested when bytes before it are gone. */
export interface Piece {
  offset: number
  data: Buffer
}

export interface StreamView {
  /** The same for views of the same log. */
  readonly life: number
  /** Newest first. */
  readonly archives: readonly { from: number; to: number; gz: boolean }[]
  readonly base: number
  readonly end: number
  readonly oldest: number
  readonly flushedAt: number
  readonly modifiedMs: number | null
}

export interface LogsView {
  readonly name: string
  readonly live: boolean
  readonly streams: Record<StreamName, StreamView>
  entriesFrom(from: { out: number | null; err: number | null }): readonly Entry[]
}

export interface Bytes {
  /** Up to `max` bytes from the logical offset; null when nothing follows it (up to `to`). */
  read(log: StreamView, offset: number, max: number, to: number): Promise<Piece | null>
}
