/** Writes pictures to a terminal: only changed lines, as one synchronized update where supported. */

const SYNC = { begin: '\x1b[?2026h', end: '\x1b[?2026l' }

export class Screen {
  private readonly write: (text: string) => boolean
  private shown: readonly string[] = []

  constructor(write: (text: string) => boolean) {
    this.write = write
  }

  /** Redraws everything next time: the terminal may show something else. */
  forget(): void {
    this.shown = []
  }

  /** False when the terminal takes no more for now; nothing is written when nothing changed. */
  put(lines: readonly string[]): boolean {
    let text = this.shown.length === lines.length ? '' : '\x1b[0m\x1b[2J'
    const before = text === '' ? this.shown : []
    lines.forEach((line, row) => {
      if (line === before[row]) return
      // A full-width line must not be followed by an erase: the cursor is still on its last column.
      text += `\x1b[${row + 1};1H\x1b[0m${line}\x1b[0m`
    })
    this.shown = lines
    return text === '' || this.write(SYNC.begin + text + SYNC.end)
  }
}
