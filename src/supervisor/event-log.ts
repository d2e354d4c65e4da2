/** A ring of all published events, numbered from 1 within a daemon's epoch, so that clients can catch up. */
import assert from 'node:assert'
import { iso } from '../core/iso.ts'
import type { Clock } from '../core/world.ts'
import type { EventPayloads, PtrackEvent } from '../protocol/events.ts'
import type { EventType } from '../protocol/names.ts'

export interface EventLogOptions {
  epoch: string
  clock: Pick<Clock, 'wall'>
  /** limits.eventRing in the daemon. */
  capacity: number
  /** Approximate limit in characters; the newest event is always kept. Few events are large, but all could be. */
  maxChars?: number
}

/** An estimate, without serializing: events are published far more often than read. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let chars = 0
  for (const key in value) chars += key.length + charsOf((value as Record<string, unknown>)[key])
  return chars
}

export class EventLog {
  readonly epoch: string
  seq = 0
  private readonly clock: Pick<Clock, 'wall'>
  private readonly capacity: number
  /** Event n is at (n - 1) % capacity: no head to maintain, nothing to shift. */
  private readonly ring: (PtrackEvent | undefined)[] = []
  private readonly chars: number[] = []
  private keptChars = 0
  private oldestSeq = 1
  private readonly maxChars: number
  private listeners = new Set<(event: PtrackEvent) => void>()
  private readonly pending: PtrackEvent[] = []
  private notifying = false

  constructor(options: EventLogOptions) {
    assert(Number.isInteger(options.capacity) && options.capacity > 0, 'the capacity of an event log is a positive integer')
    this.epoch = options.epoch
    this.clock = options.clock
    this.capacity = options.capacity
    this.maxChars = options.maxChars ?? Number.POSITIVE_INFINITY
  }

  /** `subject` is null for events of the daemon itself. */
  publish<T extends EventType>(type: T, subject: { name: string; id: string } | null, payload: EventPayloads[T]): PtrackEvent {
    const seq = this.seq + 1
    // Fixed fields first for people who read the JSON. Assigned and not spread: two spreads give each event a hidden class of its
    // own, a kilobyte for each event in the ring.
    const head = { seq, at: iso(this.clock.wall()), type, process: subject?.name ?? null, id: subject?.id ?? null }
    const event = Object.assign(head, payload) as unknown as PtrackEvent
    assert(event.seq === seq && event.type === type, 'a payload has no fields of the head')
    this.seq = seq
    this.keep(event, charsOf(payload))
    this.pending.push(event)
    this.notify()
    return event
  }

  private keep(event: PtrackEvent, chars: number): void {
    const place = (event.seq - 1) % this.capacity
    if (event.seq - this.oldestSeq === this.capacity) this.drop()
    this.ring[place] = event
    this.chars[place] = chars
    this.keptChars += chars
    while (this.keptChars > this.maxChars && this.oldestSeq < event.seq) this.drop()
  }

  private drop(): void {
    const place = (this.oldestSeq++ - 1) % this.capacity
    this.keptChars -= this.chars[place]!
    this.ring[place] = undefined
  }

  /** Null when it is not held (any more, or yet). */
  at(seq: number): PtrackEvent | null {
    if (seq < this.oldestSeq || seq > this.seq) return null
    return this.ring[(seq - 1) % this.capacity] ?? null
  }

  /** Oldest first; null when some of them are no longer held (a gap), or `seq` is in the future. */
  since(seq: number): PtrackEvent[] | null {
    if (!this.holdsAfter(seq)) return null
    const events: PtrackEvent[] = []
    for (let n = seq + 1; n <= this.seq; n++) events.push(this.ring[(n - 1) % this.capacity]!)
    return events
  }

  holdsAfter(seq: number): boolean {
    return Number.isInteger(seq) && seq >= this.oldestSeq - 1 && seq <= this.seq
  }

  /** `isFirst`: before those that are there, such as what sends it to clients. Returns how to stop. */
  onEvent(listener: (event: PtrackEvent) => void, isFirst = false): () => void {
    const entry = (event: PtrackEvent): void => listener(event)
    this.listeners = new Set(isFirst ? [entry, ...this.listeners] : [...this.listeners, entry])
    return () => {
      this.listeners.delete(entry)
    }
  }

  /** Number of the oldest event held, or of the next one while there is none. */
  get oldest(): number {
    return this.oldestSeq
  }

  /** A listener may publish too: its event follows the present one, so that all see the same order. */
  private notify(): void {
    if (this.notifying) return
    this.notifying = true
    try {
      for (let event = this.pending.shift(); event; event = this.pending.shift()) {
        for (const listener of [...this.listeners]) listener(event)
      }
    } finally {
      this.notifying = false
    }
  }
}
