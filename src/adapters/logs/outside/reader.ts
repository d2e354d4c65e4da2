/**
 * The process that reads large logs for the daemon: it finds, dates, searches and masks lines and writes whole pages as JSON,
 * so that the daemon only hands these on. It ends when its stdin does, however the daemon went.
 */
import { laneOf, Redactor } from '../../../core/redact.ts'
import type { LogReadQuery } from '../../../core/world-logs.ts'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import type { LogPage } from '../../../protocol/requests.ts'
import { Continued, type Look, readLogs } from '../query.ts'
import type { Bytes, Piece } from '../view.ts'
import { FarLogs, type FarStream } from './facts.ts'
import { FarBytes, type Find } from './far-bytes.ts'
import { BUILD, FrameReader, type FromReader, frame, type ToReader } from './frames.ts'

/** Readings that may go on at their cursor without reading anything twice. Each holds a piece of each of its streams. */
const READINGS = 8

/** Bytes of one reading, whose job is another one with each page. */
class Reading implements Bytes {
  job = 0
  continued: Continued | null = null
  readonly #find: (job: number) => Find
  readonly #bytes: FarBytes
  readonly #cancelled: ReadonlySet<number>

  constructor(bytes: FarBytes, cancelled: ReadonlySet<number>, find: (job: number) => Find) {
    this.#bytes = bytes
    this.#cancelled = cancelled
    this.#find = find
  }

  read(log: FarStream, offset: number, max: number, to: number): Promise<Piece | null> {
    if (this.#cancelled.has(this.job)) throw new PtrackError('FAILED', 'cannot read the logs: the client is gone')
    return this.#bytes.read(this.#find(this.job), log, offset, max, to)
  }
}

export class Reader {
  readonly #send: (message: FromReader, data?: Buffer) => void
  readonly #logs = new Map<string, FarLogs>()
  readonly #bytes = new FarBytes()
  readonly #cancelled = new Set<number>()
  /** By the cursor at which they stand, the latest last. */
  readonly #readings = new Map<string, Reading>()
  readonly #asked = new Map<string, (answer: Awaited<ReturnType<Find>>) => void>()
  #asks = 0

  constructor(send: (message: FromReader, data?: Buffer) => void) {
    this.#send = send
  }

  take(message: ToReader, data: Buffer): void {
    switch (message.kind) {
      case 'job':
        // Learned at once: the daemon sends an index only when it has changed.
        for (const facts of message.logs) {
          const known = this.#logs.get(facts.name)
          if (known) known.learn(facts)
          else this.#logs.set(facts.name, new FarLogs(facts))
        }
        void this.#perform(message.job, message.query)
        return
      case 'cancel':
        this.#cancelled.add(message.job)
        return
      case 'found':
        return this.#answer(message, { offset: message.offset, data })
      case 'archive':
        return this.#answer(message, message.archive)
      case 'nothing':
        return this.#answer(message, null)
    }
  }

  #answer({ job, ask }: { job: number; ask: number }, answer: Awaited<ReturnType<Find>>): void {
    const key = `${job} ${ask}`
    const resolve = this.#asked.get(key)
    this.#asked.delete(key)
    resolve?.(answer)
  }

  async #perform(job: number, query: LogReadQuery): Promise<void> {
    try {
      const page = await this.#page(job, query)
      this.#send({ kind: 'page', job }, Buffer.from(JSON.stringify({ ...page, lines: new Redactor().lines(page.lines, laneOf) })))
    } catch (error) {
      const stack = error instanceof PtrackError ? null : error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#send({ kind: 'failed', job, body: toErrorBody(error), stack })
    } finally {
      this.#cancelled.delete(job)
    }
  }

  async #page(job: number, query: LogReadQuery): Promise<LogPage> {
    const look: Look = (name) => {
      const logs = this.#logs.get(name)
      if (logs === undefined) throw new Error(`nothing is known of the logs of ${name}`)
      return logs
    }
    const { cursor } = query
    const known = cursor === undefined ? undefined : this.#readings.get(cursor)
    if (cursor !== undefined) this.#readings.delete(cursor)
    const reading = known ?? new Reading(this.#bytes, this.#cancelled, (of) => this.#finder(of))
    reading.job = job
    let page: LogPage
    if (cursor === undefined) {
      page = await readLogs(reading, look, query)
    } else {
      reading.continued ??= await Continued.open(reading, look, cursor)
      page = await reading.continued.next()
    }
    if (page.more) {
      this.#readings.set(page.cursor, reading)
      for (const [oldest] of this.#readings) {
        if (this.#readings.size <= READINGS) break
        this.#readings.delete(oldest)
      }
    }
    return page
  }

  #finder(job: number): Find {
    return ({ name, stream, life }, offset, max, to) => {
      const ask = this.#asks++
      this.#send({ kind: 'find', job, ask, name, stream, life, offset, max, to })
      return new Promise((resolve) => this.#asked.set(`${job} ${ask}`, resolve))
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
