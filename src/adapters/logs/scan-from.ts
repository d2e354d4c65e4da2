/** Finds marked lines of a stream, as they are written. */
import type { DaemonLog } from '../../core/world.ts'
import type { LogScan, ScanPage } from '../../core/world-logs.ts'
import { limits } from '../../protocol/limits.ts'
import { messageOf } from '../errno.ts'
import type { ByteReader } from './bytes.ts'
import type { StreamName } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import type { Sweeper } from './sweeper.ts'

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
const CHUNK_BYTES = 64 * 1024
/** After a page was rejected, as by a full disk. */
const AGAIN_MS = 1000

export interface ScanContext {
  reader: ByteReader
  sweeper: Sweeper
  daemonLog: DaemonLog
  wakeAfter(ms: number, callback: () => void): () => void
  /** A rotation may have waited for what was just read. */
  onScanned(logs: ProcessLogs): void
}

/** Finds marked lines in chunks of bytes. Holds nothing of other lines. */
export class PrefixFinder {
  /** Start of the incomplete line, and how much of it was read. */
  lineStart: number
  position: number
  private held: Buffer[] = []
  private heldBytes = 0
  /** The present line has no mark. */
  private passing = false
  private readonly prefix: Buffer

  constructor(prefix: string, offset: number) {
    this.prefix = Buffer.from(prefix)
    this.lineStart = this.position = offset
  }

  /** Whether the incomplete line may have the mark. */
  get pending(): boolean {
    return this.heldBytes > 0
  }

  push(chunk: Buffer, take: (text: string, next: number) => void): void {
    const base = this.position
    let from = 0
    if (this.position > this.lineStart) {
      const newline = chunk.indexOf(NEWLINE)
      this.hold(newline === -1 ? chunk : chunk.subarray(0, newline))
      if (newline === -1) {
        this.position += chunk.length
        return
      }
      from = newline + 1
      this.finish(base + from, take)
    }
    // Whole lines: only those with a search hit are looked at.
    const lastNewline = chunk.lastIndexOf(NEWLINE)
    for (let hit = chunk.indexOf(this.prefix, from); hit !== -1 && hit < lastNewline; ) {
      const newline = chunk.indexOf(NEWLINE, hit)
      if (hit === from || chunk[hit - 1] === NEWLINE) this.emit(chunk.subarray(hit, newline), base + newline + 1, take)
      hit = chunk.indexOf(this.prefix, newline + 1)
    }
    const tail = Math.max(from, lastNewline + 1)
    this.lineStart = base + tail
    if (tail < chunk.length) this.hold(chunk.subarray(tail))
    this.position = base + chunk.length
  }

  /** Nothing more comes of the incomplete line. */
  end(take: (text: string, next: number) => void): void {
    if (this.position > this.lineStart) this.finish(this.position, take)
  }

  /** The bytes before it are gone; it may start inside a line, which then has no mark. */
  jump(offset: number): void {
    this.reset(offset)
    this.position = offset
  }

  private hold(bytes: Buffer): void {
    if (this.passing || bytes.length === 0) return
    this.held.push(Buffer.from(bytes))
    this.heldBytes += bytes.length
    const { length } = this.prefix
    const first = this.held[0]!
    const begins = first.length >= length || this.heldBytes < length ? first : Buffer.concat(this.held)
    const known = Math.min(begins.length, length)
    if (this.heldBytes > limits.trackLineBytes || begins.compare(this.prefix, 0, known, 0, known) !== 0) {
      this.held = []
      this.heldBytes = 0
      this.passing = true
    }
  }

  private finish(next: number, take: (text: string, next: number) => void): void {
    if (!this.passing && this.heldBytes >= this.prefix.length) this.emit(Buffer.concat(this.held), next, take)
    this.reset(next)
    this.position = next
  }

  private reset(offset: number): void {
    this.held = []
    this.heldBytes = 0
    this.passing = false
    this.lineStart = offset
  }

  private emit(line: Buffer, next: number, take: (text: string, next: number) => void): void {
    if (line.length > limits.trackLineBytes) return
    take(line.subarray(0, line.at(-1) === CARRIAGE_RETURN ? -1 : line.length).toString('utf8'), next)
  }
}

export function scanFrom(
  context: ScanContext,
  logs: ProcessLogs,
  name: StreamName,
  offset: number,
  prefix: string,
  onPage: (page: ScanPage) => Promise<void> | void,
): LogScan {
  const { reader, sweeper } = context
  const stream = logs.streams[name]
  const finder = new PrefixFinder(prefix, offset)
  let closed = false
  let running: Promise<void> | null = null
  let again = false
  let stopListening: (() => void) | null = null
  const lag = { scanned: offset, position: () => lag.scanned }
  stream.scans.add(lag)

  /** The position moves on only when the page was accepted. */
  const offer = async (lines: ScanPage['lines'], lost: number): Promise<void> => {
    const page = { lines, scanned: finder.lineStart, lost }
    for (let reported = false; !closed; reported = true) {
      try {
        await onPage(page)
        lag.scanned = page.scanned
        context.onScanned(logs)
        return
      } catch (error) {
        if (!reported) context.daemonLog.warn('logs', `lines of ${logs.name} wait to be taken: ${messageOf(error)}`)
        await new Promise<void>((resolve) => context.wakeAfter(AGAIN_MS, resolve))
      }
    }
  }

  const readAll = async (): Promise<void> => {
    // The logs were removed and began anew under this name.
    if (finder.position > stream.end) finder.jump(stream.oldest)
    while (!closed && finder.position < stream.end) {
      const piece = await reader.read(stream, finder.position, CHUNK_BYTES, stream.end)
      if (piece === null || closed) return
      const lost = Math.max(0, piece.offset - finder.position)
      if (lost > 0) finder.jump(piece.offset)
      const lines: ScanPage['lines'] = []
      finder.push(piece.data, (text, next) => void lines.push({ text, next }))
      await offer(lines, lost)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const work = async (): Promise<void> => {
    do {
      again = false
      await readAll()
      // Armed before the last look, so that growth in between is not missed.
      if (!closed && stopListening !== null) sweeper.rearm(logs, name)
    } while (again && !closed)
  }

  const pump = (): Promise<void> => {
    if (running !== null) again = true
    running ??= work()
      .catch((error: unknown) => {
        if (!closed)
          context.daemonLog.error('logs', `scanning the log of ${logs.name} failed; it continues when the log grows`, error)
      })
      .finally(() => {
        running = null
      })
    return running
  }

  return {
    follow() {
      if (closed || stopListening !== null) return
      stopListening = sweeper.listen(logs, name, () => void pump())
      void pump()
    },

    behind() {
      sweeper.observe(logs)
      return running !== null || finder.pending || finder.position < stream.end
    },

    async drain() {
      sweeper.observe(logs)
      const { end } = stream
      for (let before = -1; !closed && finder.position < end && finder.position !== before; ) {
        before = finder.position
        await pump()
      }
      while (running !== null) await running
      if (closed || !finder.pending) return
      const lines: ScanPage['lines'] = []
      finder.end((text, next) => void lines.push({ text, next }))
      await offer(lines, 0)
    },

    close() {
      closed = true
      stopListening?.()
      stream.scans.delete(lag)
    },
  }
}
