/** Line starts of a stream, from its end backwards. */
import { limits } from '../../protocol/limits.ts'
import { readRange } from './bytes.ts'
import type { Bytes, StreamView } from './view.ts'

const FIRST_BLOCK = 8 * 1024
const LARGEST_BLOCK = 512 * 1024

/** The line starts in `[lo, hi)`, last one first, read in growing blocks from the end. */
export class BackwardLines {
  private readonly log: StreamView
  private readonly reader: Bytes
  private readonly lo: number
  private readonly need: number
  /** Offsets where a line starts without a newline before it: starts of runs. */
  private readonly breaks: readonly number[]
  private position: number
  private first = true
  private block = FIRST_BLOCK
  /** Ascending; taken from the end. */
  private starts: number[] = []

  /** @param need at most this many starts will be asked for; bounds what is held of a compressed archive. */
  constructor(reader: Bytes, log: StreamView, range: { lo: number; hi: number }, breaks: readonly number[], need: number) {
    this.reader = reader
    this.log = log
    this.lo = range.lo
    this.need = need
    this.breaks = breaks
    this.position = range.hi
  }

  /** Start of the last line not taken yet, or null. */
  async peek(): Promise<number | null> {
    while (this.starts.length === 0 && this.position > this.lo) await this.fill()
    return this.starts.at(-1) ?? null
  }

  /** `peek` without reading; undefined when it must read. */
  peekNow(): number | null | undefined {
    return this.starts.at(-1) ?? (this.position > this.lo ? undefined : null)
  }

  take(): void {
    this.starts.pop()
  }

  private async fill(): Promise<void> {
    const hi = this.position
    const archive = this.log.archives.find((each) => each.from < hi && hi <= each.to)
    const bottom = Math.max(this.lo, archive?.from ?? (hi > this.log.base ? this.log.base : this.lo))
    // A compressed archive cannot be read backwards: it is read once from its start.
    const from = archive?.gz ? bottom : Math.max(bottom, hi - this.block)
    this.block = Math.min(LARGEST_BLOCK, this.block * 4)
    let starts: number[] = []
    let position = from
    while (position < hi) {
      // One piece: reading a compressed archive continues where the last piece ended, without inflating it again.
      const piece = await this.reader.read(this.log, position, LARGEST_BLOCK, hi)
      if (!piece) break
      if (piece.offset > position) starts.push(piece.offset)
      for (let at = piece.data.indexOf(10); at !== -1; at = piece.data.indexOf(10, at + 1)) starts.push(piece.offset + at + 1)
      position = piece.offset + piece.data.length
      // One more: the last may be the end of the range, and no line of it.
      if (starts.length > 2 * this.need + 1000) starts = starts.slice(-this.need - 1)
    }
    // A line beginning at hi itself belongs here only if a block behind it was read before.
    const within = (start: number): boolean => start > from && (start < hi || (start === hi && !this.first))
    const more = new Set(from === this.lo ? [from, ...this.breaks.filter(within)] : this.breaks.filter(within))
    const found = starts.filter((start) => within(start) && !more.has(start))
    // Few, beside an archive of millions of lines.
    this.starts = more.size === 0 ? found : [...found, ...more].sort((a, b) => a - b)
    this.first = false
    this.position = from
  }
}

/** Start of the line that contains the byte at `offset`; looks back no further than a line's maximum length. */
export async function lineStartAt(reader: Bytes, log: StreamView, offset: number, lo: number): Promise<number> {
  const from = Math.max(lo, log.oldest, offset - limits.logLineBytes)
  let start = from
  for (const piece of await readRange(reader, log, from, offset)) {
    const newline = piece.data.lastIndexOf(10)
    if (newline !== -1) start = piece.offset + newline + 1
    else if (piece.offset > start) start = piece.offset
  }
  return start
}
