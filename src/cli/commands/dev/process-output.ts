/** The output of one process, run by run: from its log files, no faster than it is shown, and over daemons. */
import type { Client } from '../../../client/client.ts'
import { type LogPiece, logBytes } from '../../../client/log-bytes.ts'
import { isAway } from '../../../client/log-stream.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { orAborted } from '../../output/or-aborted.ts'
import type { LogLink } from './log-links.ts'

/** Longest wait of one request for output; asking again is cheap. */
const WAIT_MS = 30_000
const AGAIN_MS = 50
/** Of what ran before: how much is looked at, and how many lines are shown. */
const TAIL_BYTES = 8192
const TAIL_LINES = 10
const NEWLINE = 0x0a

const STREAMS = ['out', 'err'] as const
type Stream = (typeof STREAMS)[number]

export interface OutputSink {
  /** Resolves when there is room for more. `bytes`: null = the run has ended here. */
  bytes(stream: Stream, bytes: Uint8Array | null): Promise<void>
  lost(stream: Stream, bytes: number): void
  /** What reconnecting does not cure. */
  failed(error: unknown): void
}

export class ProcessOutput {
  private readonly id: string
  private readonly link: LogLink
  private readonly sink: OutputSink
  private readonly enough = new AbortController()
  private readonly next: Record<Stream, number | null> = { out: null, err: null }
  private wanted = 0
  private shown = 0
  /** The run that had begun before. */
  private attached = 0
  private wake: () => void = () => {}
  private waiting: { run: number; resolve: () => void }[] = []

  constructor(id: string, link: LogLink, sink: OutputSink) {
    this.id = id
    this.link = link
    this.sink = sink
    void this.work().catch((error: unknown) => {
      this.close()
      sink.failed(error)
    })
  }

  /** This run has begun. What came before it since the last one is read too. `attached`: it had begun long ago. */
  begin(run: number, attached = false): void {
    if (run <= this.wanted) return
    if (attached) this.attached = run
    this.wanted = run
    this.wake()
  }

  /** Resolves when this run has ended, and all that it wrote is shown. */
  over(run: number): Promise<void> {
    if (this.shown >= run || this.enough.signal.aborted || run > this.wanted) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push({ run, resolve }))
  }

  close(): void {
    this.enough.abort()
    this.wake()
    for (const { resolve } of this.waiting.splice(0)) resolve()
  }

  private async work(): Promise<void> {
    while (!this.enough.signal.aborted) {
      if (this.shown >= this.wanted) {
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
        continue
      }
      const run = this.wanted
      await Promise.all(STREAMS.map((stream) => this.pump(stream, run)))
      if (this.enough.signal.aborted) return
      this.shown = run
      const over = this.waiting.filter((each) => each.run <= run)
      this.waiting = this.waiting.filter((each) => each.run > run)
      for (const { resolve } of over) resolve()
    }
  }

  private async pump(stream: Stream, run: number): Promise<void> {
    const { sink, enough } = this
    const present = run === this.attached && this.next[stream] === null ? await this.tail(stream, run) : null
    let ahead = this.read(stream, run)
    while (!enough.signal.aborted) {
      const from = this.next[stream]
      const reply = await ahead
      if (reply === null) break
      if (reply.lost > 0 && from !== null) sink.lost(stream, reply.lost)
      this.next[stream] = reply.next
      // On its way while this is shown.
      if (!reply.ended) ahead = this.read(stream, run)
      const data = reply.bytes
      const shown = present !== null && reply.from < present.end ? lastLines(data, present.end - reply.from, present.cut) : data
      if (shown.length > 0) await orAborted(sink.bytes(stream, shown), enough.signal)
      if (reply.ended) break
    }
    if (!enough.signal.aborted) await orAborted(sink.bytes(stream, null), enough.signal)
  }

  private read(stream: Stream, run: number): Promise<LogPiece | null> {
    const from = this.next[stream]
    // The first request only finds the start of the run, to tell a new daemon later, whatever the old one lost.
    const reply = this.ask(stream, from === null ? { run, waitMs: 0 } : { run, from, waitMs: WAIT_MS })
    // Who reads on awaits it, and fails with it.
    reply.catch(() => undefined)
    return reply
  }

  /** Begins a little before the present end of the log, which it returns; null = at the start of the run. */
  private async tail(stream: Stream, run: number): Promise<{ end: number; cut: boolean } | null> {
    const start = await this.ask(stream, { run, waitMs: 0 })
    // A run that is to come begins where the log ends now.
    const end = await this.ask(stream, { run: run + 1, waitMs: 0 })
    if (start === null || end === null) return null
    const from = Math.max(start.from, end.from - TAIL_BYTES)
    this.next[stream] = from
    return { end: end.from, cut: from > start.from }
  }

  /** null: the process was deleted, or it is over. */
  private async ask(stream: Stream, place: { run: number; from?: number; waitMs: number }): Promise<LogPiece | null> {
    const { signal } = this.enough
    while (!signal.aborted) {
      let client: Client | null = null
      try {
        client = await orAborted(this.link.client(), signal)
        if (client === null) return null
        return await orAborted(logBytes(client, { target: this.id, stream, holds: true, ...place }), signal)
      } catch (error) {
        if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
        if (!isAway(error)) throw error
        if (client !== null) this.link.lost(client)
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    return null
  }
}

/** Of what was there before `present` the last whole lines, and all that follows. `cut`: it begins in the middle of a line. */
export function lastLines(data: Buffer, present: number, cut: boolean): Buffer {
  let from = Math.min(present, data.length)
  for (let ends = 0; from > 0; from--) if (data[from - 1] === NEWLINE && ++ends > TAIL_LINES) return data.subarray(from)
  return cut ? data.subarray(data.indexOf(NEWLINE) + 1) : data
}
