/** The output of the processes, passed on as it comes: from their log files, so that no program ever waits for a reader. */
import type { Client } from '../../../client/client.ts'
import { type LogPiece, logBytes } from '../../../client/log-bytes.ts'
import { isAway } from '../../../client/log-stream.ts'
import { formatSize } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { orAborted } from '../../output/or-aborted.ts'
import { LineSplitter } from './line-splitter.ts'
import type { LogFormat } from './options.ts'

/** Longest wait of one request for output; asking again is cheap. */
const WAIT_MS = 30_000
const AGAIN_MS = 100

type Stream = 'out' | 'err'

export interface Source {
  id: string
  name: string
  /** The first run of this life of the container: what earlier ones wrote was passed on by them. */
  run: number
}

export interface Format {
  format: LogFormat
  /** Bytes as they are: no other process writes between them. */
  alone: boolean
}

/** Anything the runtime itself has to say, in the format of the rest. */
export function noteIn(format: LogFormat, text: string): string {
  return format === 'json' ? `${jsonLine('ptrack', 'err', text)}\n` : `ptrack: ${text}\n`
}

const jsonLine = (process: string, stream: Stream, text: string): string =>
  JSON.stringify({ at: new Date().toISOString(), process, stream, text })

function splitterFor({ name }: Source, stream: Stream, { format, alone }: Format): LineSplitter | null {
  if (format === 'plain' && alone) return null
  const end = Buffer.from('\n')
  const before = Buffer.from(format === 'prefix' ? `${name} | ` : '')
  return new LineSplitter((line) =>
    format === 'json' ? Buffer.from(`${jsonLine(name, stream, line.toString('utf8'))}\n`) : Buffer.concat([before, line, end]),
  )
}

/** Follows both streams of one process over its runs, and over daemons. */
export class Output {
  private readonly context: Context
  private readonly source: Source
  private readonly connect: () => Promise<Client>
  private readonly over = new AbortController()
  private readonly pumps: Promise<unknown>
  private client: Promise<Client> | null = null
  private alive = true
  private closing = false
  private wake: (() => void)[] = []

  constructor(context: Context, source: Source, format: Format, connect: () => Promise<Client>) {
    this.context = context
    this.source = source
    this.connect = connect
    const pump = (stream: Stream) => this.pump(stream, splitterFor(source, stream, format))
    this.pumps = Promise.all([pump('out'), pump('err')])
  }

  /** It has ended, or lives again. */
  note(alive: boolean): void {
    this.alive = alive
    if (alive) this.wakeAll()
  }

  /** Resolves when everything written is passed on; nothing lives any more. */
  async drained(): Promise<void> {
    this.closing = true
    this.wakeAll()
    await this.pumps
  }

  close(): void {
    this.over.abort()
    this.wakeAll()
    // Nothing to close where there is no connection; the feed reports that.
    void this.client?.then((client) => client.close()).catch(() => undefined)
  }

  private wakeAll(): void {
    for (const wake of this.wake.splice(0)) wake()
  }

  private async pump(stream: Stream, splitter: LineSplitter | null): Promise<void> {
    const { signal } = this.over
    let from: number | null = null
    while (!signal.aborted) {
      const reply = await this.ask(stream, from)
      if (reply === null) break
      const { source, context } = this
      if (reply.lost > 0 && from !== null)
        context.note(`${formatSize(reply.lost)} of ${source.name}'s std${stream} were rotated away unread`)
      const data = reply.bytes
      from = reply.next
      await this.write(stream, splitter === null ? data : splitter.take(data))
      if (!reply.ended) continue
      if (splitter !== null) await this.write(stream, splitter.end())
      if (this.closing) break
      if (!this.alive) await new Promise<void>((resolve) => this.wake.push(resolve))
      // Its end is known here before its view comes.
      else await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  private async write(stream: Stream, data: Buffer): Promise<void> {
    if (data.length === 0) return
    const room = this.context.io.pour(stream, data)
    if (room !== null) await orAborted(room, this.over.signal)
  }

  /** null: the process was deleted, or it is over. */
  private async ask(stream: Stream, from: number | null): Promise<LogPiece | null> {
    const { id, run } = this.source
    const { signal } = this.over
    while (!signal.aborted) {
      try {
        this.client ??= this.connect()
        const client = await this.client
        const place = from === null ? { run, waitMs: 0 } : { from, waitMs: WAIT_MS }
        return await orAborted(logBytes(client, { target: id, stream, holds: true, ...place }), signal)
      } catch (error) {
        if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
        if (!isAway(error)) throw error
        this.client = null
        if (this.closing) return null
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
    return null
  }
}
