/** Bytes into whole lines, each with what stands before it. */
const NEWLINE = 0x0a
/** A longer line is passed on in pieces: a program may never end it. */
const PIECE_BYTES = 1024 * 1024

export class LineSplitter {
  private readonly dress: (line: Buffer) => Buffer
  private rest: Buffer = Buffer.alloc(0)

  /** `dress` gets a line without its end, and gives what is printed. */
  constructor(dress: (line: Buffer) => Buffer) {
    this.dress = dress
  }

  take(data: Buffer): Buffer {
    const all = this.rest.length === 0 ? data : Buffer.concat([this.rest, data])
    const out: Buffer[] = []
    let from = 0
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, from)) {
      out.push(this.dress(all.subarray(from, end)))
      from = end + 1
    }
    for (; all.length - from > PIECE_BYTES; from += PIECE_BYTES) out.push(this.dress(all.subarray(from, from + PIECE_BYTES)))
    // A copy: a view would keep the whole reply in memory.
    this.rest = Buffer.from(all.subarray(from))
    return Buffer.concat(out)
  }

  /** The last line, which the program did not end. */
  end(): Buffer {
    const last = this.rest.length === 0 ? this.rest : this.dress(this.rest)
    this.rest = Buffer.alloc(0)
    return last
  }
}
