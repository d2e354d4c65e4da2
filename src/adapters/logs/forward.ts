/** The lines of a stream, forwards. */
import { limits } from '../../protocol/limits.ts'
import { LineSplitter, type RawLine } from './lines.ts'
import type { Bytes, StreamView } from './view.ts'

export interface ForwardOptions {
  /** Logical offset of the first line's first byte. */
  from: number
  hi: number
  /** Ascending offsets at which a line starts without a newline: starts of runs. */
  breaks: readonly number[]
  chunkBytes: number
  /** Nothing more will be written before `hi`: an unterminated last line counts too. */
  closed: boolean
  /** Which lines to keep; null keeps all. */
  match: ((lines: string[]) => boolean[]) | null
}

/** The lines of `[from, hi)` in order, holding no more than a chunk of them. */
export class ForwardLines {
  private readonly reader: Bytes
  private readonly log: StreamView
  private options: ForwardOptions
  private readonly splitter: LineSplitter
  private lines: RawLine[] = []
  private next = 0
  private ended = false
  /** Bytes read since it was last set to 0. */
  scanned = 0
  missing = 0
  /** Everything before this was taken or did not match; where to continue. */
  resume: number

  constructor(reader: Bytes, log: StreamView, options: ForwardOptions) {
    this.reader = reader
    this.log = log
    this.options = options
    this.splitter = new LineSplitter(options.from, limits.logLineBytes)
    this.resume = options.from
  }

  /** More has been written: continues where it stopped, even inside a line. */
  extend(bounds: Pick<ForwardOptions, 'hi' | 'closed' | 'breaks'>): void {
    this.options = { ...this.options, ...bounds }
    this.ended = false
  }

  /** The next complete line if available, null at the end, undefined when `fill` must read first. */
  peek(): RawLine | null | undefined {
    const line = this.lines[this.next]
    if (line) return line
    return this.ended ? null : undefined
  }

  take(): RawLine {
    const line = this.lines[this.next++]!
    this.resume = line.end
    if (this.next === this.lines.length) this.settleResume()
    return line
  }

  /** The unterminated last line, which may still grow; only at the end. */
  unfinished(): RawLine | null {
    const line = this.splitter.finish()
    return line && (this.options.match?.([line.text])[0] ?? true) ? line : null
  }

  async fill(): Promise<void> {
    const { hi, breaks, chunkBytes, closed } = this.options
    const at = this.splitter.position
    const piece = at < hi ? await this.reader.read(this.log, at, chunkBytes, hi) : null
    if (!piece) {
      const last = closed ? this.splitter.finish() : null
      this.ended = true
      this.offer(last ? [last] : [])
      return
    }
    const lines: RawLine[] = []
    const emit = (line: RawLine): void => void lines.push(line)
    const finish = (): void => {
      const line = this.splitter.finish()
      if (line) lines.push(line)
    }
    if (piece.offset > at) {
      // The line that began before the gap is shown as far as it exists.
      finish()
      this.missing += piece.offset - at
      this.splitter.jump(piece.offset)
    }
    this.scanned += piece.data.length
    let done = 0
    for (const each of breaks) {
      const cut = each - piece.offset
      if (cut < done || cut >= piece.data.length) continue
      this.splitter.push(piece.data.subarray(done, cut), emit)
      finish()
      done = cut
    }
    this.splitter.push(piece.data.subarray(done), emit)
    this.offer(lines)
  }

  private offer(lines: RawLine[]): void {
    const { match } = this.options
    const keep = match && lines.length > 0 ? match(lines.map(({ text }) => text)) : null
    this.lines = keep ? lines.filter((_, i) => keep[i]) : lines
    this.next = 0
    if (this.lines.length === 0) this.settleResume()
  }

  /** With no line left in memory, everything read is behind us. */
  private settleResume(): void {
    this.resume = Math.max(this.resume, this.splitter.pendingStart)
  }
}
