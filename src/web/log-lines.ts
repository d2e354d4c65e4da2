/** The lines of a log, or of several merged by time, held by the page: a stretch without gaps that grows at both ends. */
import { type LogLevel, levelOf } from '../protocol/log-level.ts'
import type { LogLine } from '../protocol/view.ts'
import { displayWidth } from '../words/text.ts'
import { plainText } from './ansi.ts'

/** Limits in lines and characters; `ptrack logs` has the rest. */
export const MOST_LINES = 100_000
const MOST_CHARACTERS = 32 * 1024 * 1024

/** Of a line: what it seems to be, `other` where it says nothing. */
export type Level = LogLevel | 'other'

export interface HeldLine extends LogLine {
  /** Contiguous and ascending; below 1 for those before the first that came. */
  number: number
  plain: string
  columns: number
  level: Level
}

export class LogLines {
  lines: HeldLine[] = []
  notices: string[] = []
  dropped = 0
  cursor: string | null = null
  /** Where the lines before the first one are; null when it is the first. */
  before: string | null = null
  private characters = 0

  get isFull(): boolean {
    return this.lines.length >= MOST_LINES || this.characters >= MOST_CHARACTERS
  }

  clear(): void {
    this.lines = []
    this.characters = 0
    this.dropped = 0
    this.before = null
  }

  add(lines: readonly LogLine[]): void {
    let number = this.lines.at(-1)?.number ?? 0
    for (const line of this.held(lines, this.lines.at(-1))) this.lines.push({ ...line, number: ++number })
    // Tolerates a tenth more, so that not every new line shifts the array.
    if (this.lines.length <= MOST_LINES * 1.1 && this.characters <= MOST_CHARACTERS * 1.1) return
    let over = 0
    while (this.lines.length - over > MOST_LINES || (this.characters > MOST_CHARACTERS && over < this.lines.length - 1))
      this.characters -= this.lines[over++]!.text.length
    this.lines.splice(0, over)
    this.dropped += over
    // What came before the first is not the page before it any more.
    this.before = null
  }

  /** Lines before the first one. */
  prepend(lines: readonly LogLine[]): void {
    const first = this.lines[0]?.number ?? 1
    const held = this.held(lines, undefined)
    this.lines = [...held.map((line, index) => ({ ...line, number: first - held.length + index })), ...this.lines]
  }

  private held(lines: readonly LogLine[], before: HeldLine | undefined): Omit<HeldLine, 'number'>[] {
    const all: Omit<HeldLine, 'number'>[] = []
    let last: Omit<HeldLine, 'number'> | undefined = before
    for (const line of lines) {
      if (line.partial) continue
      const plain = plainText(line.text)
      const held: Omit<HeldLine, 'number'> = {
        ...line,
        plain,
        columns: displayWidth(plain),
        level: levelAfter(last, line, plain),
      }
      this.characters += line.text.length
      all.push(held)
      last = held
    }
    return all
  }
}

/** Indented below a line of the same source: the trace of an error belongs to it. */
function levelAfter(last: Omit<HeldLine, 'number'> | undefined, { process, stream }: LogLine, plain: string): Level {
  const own = levelOf(plain)
  if (own !== null) return own
  return /^\s/.test(plain) && last?.process === process && last.stream === stream ? last.level : 'other'
}
