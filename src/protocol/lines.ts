/** Splits a byte stream into lines. Bytes are decoded per whole line, so a character torn between two chunks is harmless. */
const NEWLINE = 10

export class LineReader {
  /** Bytes held that no `next()` has returned yet. */
  pendingBytes = 0
  private chunks: Buffer[] = []
  /** Chunks before this index hold no newline: a long line is searched once, not once per chunk. */
  private searched = 0

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.chunks.push(chunk)
    this.pendingBytes += chunk.length
  }

  /** The next complete line without its newline, or null until more bytes come. */
  next(): string | null {
    for (; this.searched < this.chunks.length; this.searched++) {
      const chunk = this.chunks[this.searched]!
      const end = chunk.indexOf(NEWLINE)
      if (end < 0) continue
      const head = chunk.subarray(0, end)
      const line = this.searched === 0 ? head : Buffer.concat([...this.chunks.slice(0, this.searched), head])
      const rest = chunk.subarray(end + 1)
      this.chunks.splice(0, this.searched + 1, ...(rest.length > 0 ? [rest] : []))
      this.searched = 0
      this.pendingBytes -= line.length + 1
      return line.toString('utf8')
    }
    return null
  }

  /** The next `count` bytes, whatever they are, or null until they are there. */
  take(count: number): Buffer | null {
    if (this.pendingBytes < count) return null
    const all = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks)
    const rest = all.subarray(count)
    this.chunks = rest.length > 0 ? [rest] : []
    this.searched = 0
    this.pendingBytes = rest.length
    return all.subarray(0, count)
  }

  hasLine(): boolean {
    for (; this.searched < this.chunks.length; this.searched++) if (this.chunks[this.searched]!.includes(NEWLINE)) return true
    return false
  }
}
