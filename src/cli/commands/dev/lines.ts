/**
 * A program's output as whole lines behind its name. Pure. A line of mere text is copied as bytes: as text it would cost a flood
 * ten times as much. Others are held as latin1 text meanwhile, so that no byte is changed.
 */
import { Colours } from './sgr.ts'

/** A longer line is passed on in pieces: a program may never end it. */
const PIECE = 1024 * 1024
/** Anything but text, tabs and ends of lines. */
const ODD = /[\x00-\x08\x0b-\x1f\x7f]/
/** Whole escape sequences with their payload; a colour is one. Those of one byte (0x9b) are parts of UTF-8 here. */
const SEQUENCES = /\x1b\[[0-9;:?<=>!]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?/g
const COLOUR = /^\x1b\[[0-9;:]*m$/
const INVISIBLE = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f]/g

const NEWLINE = 0x0a
const NOTHING = Buffer.alloc(0)

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')

/** What a person would see of it: without colours. */
export const bare = (line: string): string => line.replace(SEQUENCES, '')

export interface Dress {
  /** Stands before each line. */
  before: string
  /** Whether a line is shown; null = all are. */
  shows: ((line: string) => boolean) | null
}

/** The final text of a line with carriage returns, as progress bars write; a Windows line end is none. */
function lastWritten(line: string): string {
  if (!line.includes('\r')) return line
  return (
    line
      .split('\r')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}

/** One stream of one process. */
export class Lines {
  /** Of a line that has not ended. */
  private rest = NOTHING
  private readonly colours = new Colours()

  /** The lines that these bytes complete, each with its end. */
  take(bytes: Uint8Array, dress: Dress): Buffer {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const data = this.rest.length === 0 ? view : Buffer.concat([this.rest, view])
    const out = new Dressed(dress.before, data.length)
    let from = 0
    for (let end = data.lastIndexOf(NEWLINE) + 1; from < end; ) from = this.line(data, from, end, dress, out)
    for (; data.length - from > PIECE; from += PIECE) this.line(data, from, from + PIECE, dress, out)
    // A copy: of these bytes the rest is little.
    this.rest = from === data.length ? NOTHING : Buffer.from(data.subarray(from))
    return out.bytes()
  }

  /** The last line, which the program did not end. */
  end(dress: Dress): Buffer {
    const { rest } = this
    this.rest = NOTHING
    const out = new Dressed(dress.before, rest.length)
    if (rest.length > 0) this.line(rest, 0, rest.length, dress, out)
    return out.bytes()
  }

  /** One line, and behind it all that are mere text. @returns where the next begins. */
  private line(data: Buffer, from: number, end: number, { shows }: Dress, out: Dressed): number {
    if (shows === null && this.colours.now === '') {
      const next = out.addText(data, from, end)
      if (next > from) return next
    }
    const found = data.indexOf(NEWLINE, from)
    const to = found === -1 || found > end ? end : found
    const shown = this.withoutMoves(data.toString('latin1', from, to))
    if (shows === null || shows(utf8(bare(shown)))) out.add(shown)
    return to + 1
  }

  /** Of its sequences only colours: what moves the cursor would write over the lines of others. */
  private withoutMoves(line: string): string {
    const begun = this.colours.now
    if (begun === '' && !ODD.test(line)) return line
    const kept = lastWritten(line)
      .replace(SEQUENCES, (sequence) => (COLOUR.test(sequence) ? sequence : ''))
      .replace(INVISIBLE, '')
    // Also of what a carriage return has written over.
    this.colours.read(line)
    const shown = new Colours()
    shown.read(begun + kept)
    return `${begun}${kept}${shown.now === '' ? '' : '\x1b[0m'}`
  }
}

/** Lines behind their name, in memory that grows. */
class Dressed {
  private readonly before: Buffer
  private target: Buffer
  private length = 0

  /** `expected`: bytes of the lines to come. */
  constructor(before: string, expected: number) {
    this.before = Buffer.from(before)
    this.target = Buffer.allocUnsafe(expected + (expected >> 2) + this.before.length + 1)
  }

  bytes(): Buffer {
    return this.target.subarray(0, this.length)
  }

  add(line: string): void {
    this.room(this.before.length + line.length + 1)
    this.begin()
    this.length += this.target.write(line, this.length, 'latin1')
    this.target[this.length++] = NEWLINE
  }

  /**
   * Adds lines up to one that has more than text and tabs in it, or up to `end`, where the last line ends with or without its newline.
   * @returns where it stopped, at the start of a line
   */
  addText(data: Buffer, from: number, end: number): number {
    let begun = from
    while (begun < end) {
      this.room(this.before.length + end - begun + 1)
      const was = this.length
      this.begin()
      const { target } = this
      let to = this.length
      let at = begun
      // By hand: for lines of usual length a loop takes less than the calls of indexOf, test and copy.
      for (; at < end; at++) {
        const byte = data[at]!
        if (byte === NEWLINE) break
        if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) {
          this.length = was
          return begun
        }
        target[to++] = byte
      }
      target[to++] = NEWLINE
      this.length = to
      begun = at + 1
    }
    return begun
  }

  private begin(): void {
    const { before, target } = this
    let to = this.length
    for (let at = 0; at < before.length; at++) target[to++] = before[at]!
    this.length = to
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.target.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.target.length, this.length + bytes))
    this.target.copy(grown, 0, 0, this.length)
    this.target = grown
  }
}
