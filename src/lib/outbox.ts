/** Unconfirmed reports of a task, in order and bounded; all are sent again after a lost connection, rows with keys. Pure. */
import type { StepUpdate, TrackUpdate } from '../protocol/tracking.ts'

export type ProgressUpdate = Omit<TrackUpdate, 'step' | 'result'>

export type Entry =
  | { kind: 'progress'; update: ProgressUpdate }
  | { kind: 'step'; step: StepUpdate }
  /** `settle` gets the index, or null when unknown. */
  | { kind: 'result'; row: unknown; json: string; key: string; settle: (index: number | null) => void }

/** Unconfirmed at a time: a quarter of the daemon's limit per connection, and far fewer than the keys it remembers. */
const WINDOW = 64
/** A minute of a busy program whose daemon is away; one that awaits each result never gets near. */
const ENTRIES_MAX = 10_000
const ROW_BYTES_MAX = 32 * 1024 * 1024

export class Outbox {
  private waiting: Entry[] = []
  /** Sent, in order, and not confirmed. */
  private readonly sent = new Set<Entry>()
  private rowBytes = 0

  get size(): number {
    return this.waiting.length + this.sent.size
  }

  /** False: it is full, and the entry was not taken. */
  add(entry: Entry): boolean {
    const last = this.waiting.at(-1)
    if (entry.kind === 'progress' && last?.kind === 'progress') {
      last.update = merged(last.update, entry.update)
      return true
    }
    const bytes = bytesOf(entry)
    if (this.size >= ENTRIES_MAX || this.rowBytes + bytes > ROW_BYTES_MAX) return false
    this.waiting.push(entry)
    this.rowBytes += bytes
    return true
  }

  /** The next entry to send, which then counts as sent; null when there is none. */
  next(): Entry | null {
    const first = this.waiting[0]
    if (!first || this.sent.size >= WINDOW) return null
    // The latest progress waits for the one before it, absorbing further updates.
    if (first.kind === 'progress' && this.waiting.length === 1 && [...this.sent].some((entry) => entry.kind === 'progress'))
      return null
    this.waiting.shift()
    this.sent.add(first)
    return first
  }

  drop(entry: Entry): void {
    if (this.sent.delete(entry)) this.rowBytes -= bytesOf(entry)
  }

  /** After a lost connection: unconfirmed entries go again, in order, before waiting ones. */
  sendAgain(): void {
    this.waiting = [...this.sent, ...this.waiting]
    this.sent.clear()
  }

  /** Gives up everything; returns the number of lost results. */
  clear(): number {
    const rest = [...this.sent, ...this.waiting].filter((entry) => entry.kind === 'result')
    this.sent.clear()
    this.waiting = []
    this.rowBytes = 0
    for (const entry of rest) entry.settle(null)
    return rest.length
  }

  /** What was never sent, for the final requests of an exiting program. */
  unsent(): readonly Entry[] {
    return this.waiting
  }
}

const bytesOf = (entry: Entry): number => (entry.kind === 'result' ? entry.json.length : 0)

function merged(earlier: ProgressUpdate, later: ProgressUpdate): ProgressUpdate {
  const metadata = earlier.metadata || later.metadata ? { metadata: { ...earlier.metadata, ...later.metadata } } : {}
  return { ...earlier, ...later, ...metadata }
}
