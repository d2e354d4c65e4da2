/** Bytes to lines. */
import { isAscii } from 'node:buffer'
import { limits } from '../../protocol/limits.ts'

/** A line: its text, and the logical offsets of its first byte and after its newline. */
export interface RawLine {
  start: number
  end: number
  text: string
}

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Bytes in, lines out. Lines are decoded whole, so chunks may tear characters; at most `limit` bytes of a line are held. */
export class LineSplitter {
  private start: number
  private at: number
  private pieces: Buffer[] = []
  private held = 0
  private cut = 0
  private readonly limit: number

  constructor(offset: number, limit: number = limits.logLineBytes) {
    this.start = offset
    this.at = offset
    this.limit = limit
  }

  get pendingStart(): number {
    return this.start
  }

  get position(): number {
    return this.at
  }

  push(chunk: Buffer, emit: (line: RawLine) => void): void {
    let from = 0
    let tried = false
    while (from < chunk.length) {
      if (!tried && this.at === this.start) {
        tried = true
        from = this.whole(chunk, from, emit)
        if (from === chunk.length) return
      }
      const newline = chunk.indexOf(NEWLINE, from)
      const to = newline === -1 ? chunk.length : newline
      this.hold(chunk.subarray(from, to))
      this.at += to - from
      from = to
      if (newline === -1) return
      this.at++
      from++
      emit(this.take())
    }
  }

  /** Whole ASCII lines, most of all output, at a tenth of the cost. @returns where it stopped */
  private whole(chunk: Buffer, from: number, emit: (line: RawLine) => void): number {
    const last = chunk.lastIndexOf(NEWLINE) + 1
    if (last <= from || !isAscii(chunk.subarray(from, last))) return from
    const text = chunk.toString('latin1', from, last)
    let done = 0
    for (let newline = text.indexOf('\n'); newline !== -1; newline = text.indexOf('\n', done)) {
      if (newline - done > this.limit) break
      const end = this.start + newline + 1 - done
      const returned = newline > done && text.charCodeAt(newline - 1) === CARRIAGE_RETURN
      emit({ start: this.start, end, text: text.slice(done, returned ? newline - 1 : newline) })
      this.start = this.at = end
      done = newline + 1
    }
    return from + done
  }

  /** Ends an incomplete line here, as at the end of a run; null when there is none. */
  finish(): RawLine | null {
    return this.at === this.start ? null : this.take()
  }

  /** Continues elsewhere: the bytes between are gone. */
  jump(offset: number): void {
    this.start = offset
    this.at = offset
  }

  private hold(bytes: Buffer): void {
    const room = Math.min(bytes.length, this.limit - this.held)
    if (room > 0) {
      this.pieces.push(bytes.subarray(0, room))
      this.held += room
    }
    this.cut += bytes.length - room
  }

  private take(): RawLine {
    let bytes = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces, this.held)
    let cut = this.cut
    if (cut > 0) {
      const whole = wholeCharacters(bytes)
      cut += bytes.length - whole
      bytes = bytes.subarray(0, whole)
    } else if (bytes.at(-1) === CARRIAGE_RETURN) {
      bytes = bytes.subarray(0, -1)
    }
    const text = cut > 0 ? `${bytes.toString('utf8')}… (${cut} bytes cut)` : bytes.toString('utf8')
    const line = { start: this.start, end: this.at, text }
    this.start = this.at
    this.pieces = []
    this.held = 0
    this.cut = 0
    return line
  }
}

/** Length without a character torn by the cut. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return needs > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}
