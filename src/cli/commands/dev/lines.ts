/** A program's output as whole lines behind its name. Pure. Bytes are held as latin1 text, so that none is changed. */
import { Colours } from './sgr.ts'

/** A longer line is passed on in pieces: a program may never end it. */
const PIECE = 1024 * 1024
/** Anything but text, tabs and ends of lines. */
const ODD = /[\x00-\x08\x0b-\x1f\x7f]/
/** Whole escape sequences with their payload; a colour is one. Those of one byte (0x9b) are parts of UTF-8 here. */
const SEQUENCES = /\x1b\[[0-9;:?<=>!]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b[ -/]*[0-~]?/g
const COLOUR = /^\x1b\[[0-9;:]*m$/
const INVISIBLE = /[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f]/g

export const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
export const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')

/** What a person would see of it: without colours. */
export const bare = (line: string): string => line.replace(SEQUENCES, '')

export interface Dress {
  /** Stands before each line; latin1. */
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
  private rest = ''
  private readonly colours = new Colours()

  /** The lines that these bytes complete, each with its end. */
  take(bytes: Uint8Array, dress: Dress): string {
    const text = this.rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    const end = text.lastIndexOf('\n') + 1
    let out = end === 0 ? '' : this.dressed(text.slice(0, end - 1), dress)
    let from = end
    for (; text.length - from > PIECE; from += PIECE) out += this.dressed(text.slice(from, from + PIECE), dress)
    this.rest = text.slice(from)
    return out
  }

  /** The last line, which the program did not end. */
  end(dress: Dress): string {
    const { rest } = this
    this.rest = ''
    return rest === '' ? '' : this.dressed(rest, dress)
  }

  private dressed(text: string, dress: Dress): string {
    const { before, shows } = dress
    if (shows === null && this.colours.now === '' && !ODD.test(text)) return `${before}${text.replaceAll('\n', `\n${before}`)}\n`
    let out = ''
    for (const line of text.split('\n')) {
      const shown = this.line(line)
      if (shows === null || shows(utf8(bare(shown)))) out += `${before}${shown}\n`
    }
    return out
  }

  /** Of its sequences only colours: what moves the cursor would write over the lines of others. */
  private line(line: string): string {
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
