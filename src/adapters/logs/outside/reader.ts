/** The reader process: finds, dates, searches and masks lines, and writes whole pages as JSON. It ends when its stdin does. */
import { Redactor, streamKey } from '../../../core/redact.ts'
import type { LogReadQuery } from '../../../core/world-logs.ts'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import type { LogPage } from '../../../protocol/requests.ts'
import { Continued, type Look, readLogs } from '../query.ts'
import type { Bytes, Piece } from '../view.ts'
import { FarLogs, type FarStream } from './facts.ts'
import { FarBytes, type Find } from './far-bytes.ts'
import { BUILD, FrameReader, type FromReader, frame, type ToReader } from './frames.ts'

/** Readings that can continue at their cursor without reading twice. Each holds a piece of each stream. */
const READINGS = 8

/** The bytes of one reading; each page is a job of its own. */
class Reading implements Bytes {
  job = 0
  continued: Continued | null = null
  private readonly find: (job: number) => Find
  private readonly bytes: FarBytes
  private readonly cancelled: ReadonlySet<number>

  constructor(bytes: FarBytes, cancelled: ReadonlySet<number>, find: (job: number) => Find) {
    this.bytes = bytes
    this.cancelled = cancelled
    this.find = find
  }

  read(log: FarStream, offset: number, max: number, to: number): Promise<Piece | null> {
    if (this.cancelled.has(this.job)) throw new PtrackError('FAILED', 'cannot read the logs: the client is gone')
    return this.bytes.read(this.find(this.job), log, offset, max, to)
  }
}

export class Reader {
  private readonly send: (message: FromReader, data?: Buffer) => void
  private readonly logs = new Map<string, FarLogs>()
  private readonly bytes = new FarBytes()
  private readonly cancelled = new Set<number>()
  /** By the cursor they stand at, latest last. */
  private readonly readings = new Map<string, Reading>()
  private readonly asked = new Map<string, (answer: Awaited<ReturnType<Find>>) => void>()
  private asks = 0

  constructor(send: (message: FromReader, data?: Buffer) => void) {
    this.send = send
  }

  take(message: ToReader, data: Buffer): void {
    switch (message.kind) {
      case 'job':
        // Updated at once: the daemon sends an index only when it changes.
        for (const facts of message.logs) {
          const known = this.logs.get(facts.name)
          if (known) known.learn(facts)
          else this.logs.set(facts.name, new FarLogs(facts))
        }
        void this.perform(message.job, message.query)
        return
      case 'cancel':
        this.cancelled.add(message.job)
        return
      case 'found':
        return this.answer(message, { offset: message.offset, data })
      case 'archive':
        return this.answer(message, message.archive)
      case 'nothing':
        return this.answer(message, null)
    }
  }

  private answer({ job, ask }: { job: number; ask: number }, answer: Awaited<ReturnType<Find>>): void {
    const key = `${job} ${ask}`
    const resolve = this.asked.get(key)
    this.asked.delete(key)
    resolve?.(answer)
  }

  private async perform(job: number, query: LogReadQuery): Promise<void> {
    try {
      const page = await this.page(job, query)
      this.send(
        { kind: 'page', job },
        Buffer.from(JSON.stringify({ ...page, lines: new Redactor().lines(page.lines, streamKey) })),
      )
    } catch (error) {
      const stack = error instanceof PtrackError ? null : error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.send({ kind: 'failed', job, body: toErrorBody(error), stack })
    } finally {
      this.cancelled.delete(job)
    }
  }

  private async page(job: number, query: LogReadQuery): Promise<LogPage> {
    const look: Look = (name) => {
      const logs = this.logs.get(name)
      if (logs === undefined) throw new Error(`nothing is known of the logs of ${name}`)
      return logs
    }
    const { cursor } = query
    const known = cursor === undefined ? undefined : this.readings.get(cursor)
    if (cursor !== undefined) this.readings.delete(cursor)
    const reading = known ?? new Reading(this.bytes, this.cancelled, (of) => this.finder(of))
    reading.job = job
    let page: LogPage
    if (cursor === undefined) {
      page = await readLogs(reading, look, query)
    } else {
      reading.continued ??= await Continued.open(reading, look, cursor)
      page = await reading.continued.next(query.max)
    }
    if (page.more) {
      this.readings.set(page.cursor, reading)
      for (const [oldest] of this.readings) {
        if (this.readings.size <= READINGS) break
        this.readings.delete(oldest)
      }
    }
    return page
  }

  private finder(job: number): Find {
    return ({ name, stream, life }, offset, max, to) => {
      const ask = this.asks++
      this.send({ kind: 'find', job, ask, name, stream, life, offset, max, to })
      return new Promise((resolve) => this.asked.set(`${job} ${ask}`, resolve))
    }
  }
}

/** Serves the daemon at the other end of stdin and stdout. */
export function serve(): void {
  const end = (): never => process.exit(0)
  const reader = new Reader((message, data) => {
    for (const part of frame(message, data)) process.stdout.write(part)
  })
  const frames = new FrameReader<ToReader>((message, data) => reader.take(message, data))
  process.stdin.on('data', (chunk: Buffer) => frames.push(chunk))
  process.stdin.on('end', end).on('error', end).on('close', end)
  process.stdout.on('error', end)
  for (const part of frame({ kind: 'hello', build: BUILD })) process.stdout.write(part)
}
