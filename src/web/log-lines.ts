/** The lines of a log held by the page. */
import type { LogLine } from '../protocol/view.ts'
import { displayWidth } from '../words/text.ts'
import { plainText } from './ansi.ts'

/** Limits in lines and characters; `ptrack logs` has the rest. */
export const MOST_LINES = 100_000
const MOST_CHARACTERS = 32 * 1024 * 1024

export interface HeldLine extends LogLine {
  /** From 1, contiguous. */
  number: number
  plain: string
  columns: number
}

export class LogLines {
  lines: HeldLine[] = []
  notices: string[] = []
  dropped = 0
  cursor: string | null = null
  private counter = 0
  private characters = 0

  clear(): void {
    this.lines = []
    this.characters = 0
    this.dropped = 0
  }

  add(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (line.partial) continue
      const plain = plainText(line.text)
      this.lines.push({ ...line, number: ++this.counter, plain, columns: displayWidth(plain) })
      this.characters += line.text.length
    }
    // Tolerates a tenth more, so that not every new line shifts the array.
    if (this.lines.length <= MOST_LINES * 1.1 && this.characters <= MOST_CHARACTERS * 1.1) return
    let over = 0
    while (this.lines.length - over > MOST_LINES || (this.characters > MOST_CHARACTERS && over < this.lines.length - 1))
      this.characters -= this.lines[over++]!.text.length
    this.lines.splice(0, over)
    this.dropped += over
  }
}
