/** Modes that a program has set on the terminal (other screen, mouse, hidden cursor), to undo when it is left while they are on. */

/** Private modes of DEC, as `ESC [ ? 1049 ; 25 h`. */
const MODES = /\x1b\[\?([\d;]{1,40})([hl])/g
/** Longer than any such sequence. */
const TAIL = 48
/** The cursor is visible, and lines wrap, unless a program says otherwise. */
const ON_AT_FIRST: ReadonlySet<string> = new Set(['7', '25'])
/** Of no meaning once it is over: a screen that is shown as a whole. */
const PASSING: ReadonlySet<string> = new Set(['2026'])

export class Modes {
  /** Those that are other than at first. */
  private readonly changed = new Set<string>()
  private tail = ''

  read(shown: Uint8Array): void {
    const text = this.tail + Buffer.from(shown.buffer, shown.byteOffset, shown.byteLength).toString('latin1')
    let end = 0
    for (const match of text.matchAll(MODES)) {
      end = match.index + match[0].length
      for (const mode of match[1]!.split(';')) {
        if (mode === '' || PASSING.has(mode)) continue
        if ((match[2] === 'h') === ON_AT_FIRST.has(mode)) this.changed.delete(mode)
        else this.changed.add(mode)
      }
    }
    this.tail = text.slice(Math.max(end, text.length - TAIL))
  }

  /** Sets on another terminal what is set there. */
  get on(): string {
    return this.write((mode) => !ON_AT_FIRST.has(mode))
  }

  /** Undoes it, and ends colours and an application's keypad. */
  get off(): string {
    return `${this.write((mode) => ON_AT_FIRST.has(mode))}\x1b[0m\x1b>`
  }

  private write(isHigh: (mode: string) => boolean): string {
    return [...this.changed].map((mode) => `\x1b[?${mode}${isHigh(mode) ? 'h' : 'l'}`).join('')
  }
}
