/** From the outbox into the stream: batches, one in flight, each only behind the one before it. */
import { setTimeout as pause } from 'node:timers/promises'
import { headLine } from '../../../core/fleet/batches.ts'
import { Backoff } from '../../../protocol/backoff.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { errnoOf, messageOf } from '../../errno.ts'
import type { EventStore, Stored } from './event-store.ts'
import type { OutboxReader } from './outbox-reader.ts'

/** Of one message; by default a bus takes 1 MiB at most. */
const BATCH_BYTES = 256 * 1024
const HEAD_BYTES = 4096
const REFUSED_MS = 20

export class Publisher {
  /** Why they do not get there; null while they do. */
  reason: string | null = null
  private readonly outbox: OutboxReader
  private wake: () => void = () => {}

  constructor(outbox: OutboxReader) {
    this.outbox = outbox
  }

  /** There may be more. */
  poke(): void {
    this.wake()
  }

  /** Until it is stopped, which is when the connection ends. */
  serve(store: EventStore, payloadBytes: number): () => void {
    let stopped = false
    const maxBytes = Math.min(BATCH_BYTES, payloadBytes / 2) - HEAD_BYTES
    void (async () => {
      const backoff = new Backoff()
      let last: Stored | null = null
      while (!stopped) {
        try {
          last ??= await this.found(store)
          if (stopped) return
          const lines = this.outbox.next(maxBytes)
          if (lines === null) {
            await this.poked()
            continue
          }
          const head = Buffer.from(headLine(lines.end), 'utf8')
          const seq = await store.put(Buffer.concat([head, lines.bytes]), last.seq)
          if (stopped) return
          // Refused is not yet somebody else's: it is read what the last one is, and ours is known by where it ends.
          if (seq === null) {
            last = null
            await pause(REFUSED_MS)
          } else {
            this.outbox.published(lines.end)
            last = { seq, end: lines.end }
          }
          this.reason = null
          backoff.reset()
        } catch (error) {
          if (!(error instanceof PtrackError) && errnoOf(error) === undefined) throw error
          if (stopped) return
          // Whether it was taken is not known.
          last = null
          this.reason = messageOf(error)
          await pause(backoff.next())
        }
      }
    })()
    return () => {
      stopped = true
      this.wake()
    }
  }

  private async found(store: EventStore): Promise<Stored> {
    const last = await store.last()
    this.outbox.begin(last.end)
    return last
  }

  private poked(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }
}
