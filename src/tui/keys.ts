/** Decodes terminal input: keys, mouse (SGR 1006), pasted text. Sequences may come in pieces. */
export type TerminalInput =
  | { kind: 'key'; key: string }
  | { kind: 'mouse'; action: 'press' | 'wheel-up' | 'wheel-down'; column: number; row: number }
  | { kind: 'paste'; text: string }

/** Of both cursor key modes, of the Linux console and rxvt beside xterm. */
const NAMED: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[7~': 'home',
  '[4~': 'end',
  '[8~': 'end',
  '[5~': 'pageup',
  '[6~': 'pagedown',
  '[3~': 'delete',
  '[Z': 'backtab',
  OP: 'f1',
  '[11~': 'f1',
}
const CONTROL: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
}
const PASTE = { begin: '\x1b[200~', end: '\x1b[201~' }
/** More than anybody types into a filter. */
const PASTE_MAX = 4096

export class KeyDecoder {
  private rest = ''
  private pasting: string | null = null

  /** An incomplete sequence: a lone Escape, or one whose end is still to come. */
  get waiting(): boolean {
    return this.rest !== ''
  }

  push(text: string): TerminalInput[] {
    this.rest += text
    const inputs: TerminalInput[] = []
    for (let next = this.take(); next !== null; next = this.take()) if (next !== 'nothing') inputs.push(next)
    return inputs
  }

  /** Nothing more came: it was a lone Escape, followed by ordinary keys. */
  flush(): TerminalInput[] {
    if (!this.rest.startsWith('\x1b') || this.pasting !== null) return []
    const behind = this.rest.slice(1)
    this.rest = ''
    return [{ kind: 'key', key: 'escape' }, ...this.push(behind)]
  }

  private take(): TerminalInput | 'nothing' | null {
    if (this.pasting !== null) return this.takePaste()
    const { rest } = this
    if (rest === '') return null
    if (rest[0] !== '\x1b') {
      const point = String.fromCodePoint(rest.codePointAt(0)!)
      this.rest = rest.slice(point.length)
      return keyOf(point)
    }
    if (rest.startsWith(PASTE.begin)) {
      this.rest = rest.slice(PASTE.begin.length)
      this.pasting = ''
      return 'nothing'
    }
    const found = /^\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|O[A-Za-z])/.exec(rest)
    if (found) {
      this.rest = rest.slice(found[0].length)
      return sequenceOf(found[0].slice(1))
    }
    if (/^\x1b(?:\[[0-9;:?<=>]*|O)?$/.test(rest)) return null
    // Alt and a key, or an unknown sequence: the Escape alone.
    this.rest = rest.slice(1)
    return { kind: 'key', key: 'escape' }
  }

  private takePaste(): TerminalInput | 'nothing' | null {
    const end = this.rest.indexOf(PASTE.end)
    // The end of the paste may itself come in pieces.
    const known = end >= 0 ? end : Math.max(0, this.rest.length - PASTE.end.length)
    if (this.pasting!.length < PASTE_MAX) this.pasting += this.rest.slice(0, known)
    this.rest = this.rest.slice(end >= 0 ? end + PASTE.end.length : known)
    if (end < 0) return null
    const text = this.pasting!.slice(0, PASTE_MAX)
    this.pasting = null
    return { kind: 'paste', text }
  }
}

function keyOf(point: string): TerminalInput {
  const named = CONTROL[point]
  if (named) return { kind: 'key', key: named }
  if (point < ' ') return { kind: 'key', key: `ctrl-${String.fromCharCode(point.charCodeAt(0) + 96)}` }
  return { kind: 'key', key: point }
}

function sequenceOf(sequence: string): TerminalInput | 'nothing' {
  const mouse = /^\[<(\d+);(\d+);(\d+)([Mm])$/.exec(sequence)
  if (mouse) {
    const [, code, column, row, end] = mouse
    const at = { column: Number(column) - 1, row: Number(row) - 1 }
    // Bits 2-4 are Shift, Alt and Ctrl; 32 is a move with a button held.
    const button = Number(code) & ~28
    if (button === 64) return { kind: 'mouse', action: 'wheel-up', ...at }
    if (button === 65) return { kind: 'mouse', action: 'wheel-down', ...at }
    return button === 0 && end === 'M' ? { kind: 'mouse', action: 'press', ...at } : 'nothing'
  }
  // With modifiers: `[1;5A`.
  const bare = sequence.replace(/^\[1;\d+([A-Z])$/, '[$1').replace(/^\[(\d+);\d+~$/, '[$1~')
  const named = NAMED[bare]
  return named ? { kind: 'key', key: named } : 'nothing'
}
