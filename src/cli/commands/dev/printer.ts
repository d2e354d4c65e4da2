/** Everything on stdout: lines of programs behind their names, those of ptrack itself, and below them what a key asks for. */
import { displayWidth } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import type { Io } from '../../io.ts'
import type { Lines } from './lines.ts'

/** Readable on light and dark; given in the order of the file, so that a name keeps its own. */
const PALETTE = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]
const ERASE = '\r\x1b[K'
/** ptrack's own lines that are kept while another view has the terminal. */
const HELD_MAX = 1000

export const OWN = 'ptrack'

export interface PrintOptions {
  json: boolean
  colors: boolean
  timestamps: boolean
  /** Names stand before the lines. */
  prefix: boolean
}

/** `web   | `, as wide as the longest of all. */
export function prefixOf(name: string, width: number, colour: number | null): string {
  const text = `${name}${' '.repeat(Math.max(0, width - displayWidth(name)))} |`
  return colour === null ? `${text} ` : `\x1b[${colour}m${text}\x1b[0m `
}

export class Printer {
  private readonly io: Io
  private readonly options: PrintOptions
  private names: string[] = []
  private width = displayWidth(OWN)
  private alone: string | null = null
  private pattern: RegExp | null = null
  private prompt: string | null = null
  private held: string[] | null = null
  private gate: Promise<void> | null = null
  private open: () => void = () => {}
  private muted = false

  constructor(io: Io, options: PrintOptions) {
    this.io = io
    this.options = options
  }

  /** All that may have lines, in the order of the file. */
  use(names: readonly string[]): void {
    for (const name of names) if (!this.names.includes(name)) this.names.push(name)
    this.width = Math.max(this.width, ...this.names.map(displayWidth))
  }

  /** null: all. */
  showAlone(name: string | null): void {
    this.alone = name
    if (name === null) this.pattern = null
  }

  showMatching(pattern: RegExp | null): void {
    this.pattern = pattern
  }

  /** Resolves when there is room for more; null = there is. `bytes`: null = the stream is over, and its last line has no end. */
  async lines(name: string, stream: 'out' | 'err', lines: Lines, bytes: Uint8Array | null): Promise<void> {
    while (this.gate !== null) await this.gate
    if (this.muted) return
    const dress = { before: this.options.json ? '' : this.before(name), shows: this.filter(name) }
    const shown = bytes === null ? lines.end(dress) : lines.take(bytes, dress)
    if (shown.length === 0) return
    await this.write(this.options.json ? this.asJson(name, stream, shown) : shown)
  }

  /** A line of ptrack itself. `about`: the process it concerns. */
  own(text: string, about: string | null = null): void {
    if (this.muted) return
    const { json, colors, timestamps, prefix } = this.options
    if (json) return this.put(`${JSON.stringify({ at: new Date().toISOString(), process: about, stream: OWN, text })}\n`)
    const time = timestamps ? `${timeWords(new Date().toISOString(), Date.now())} ` : ''
    const line = `${time}${prefix ? prefixOf(OWN, this.width, null) : `${OWN}: `}${text}`
    this.put(colors ? `\x1b[2m${line}\x1b[0m\n` : `${line}\n`)
  }

  space(): void {
    this.put('\n')
  }

  ask(prompt: string | null): void {
    if (prompt === this.prompt) return
    this.prompt = prompt
    if (this.held === null && !this.muted) this.io.out(prompt === null ? ERASE : this.promptLine())
  }

  /** Another program has the terminal. */
  hold(): void {
    this.ask(null)
    this.held = []
    this.gate = new Promise((resolve) => {
      this.open = resolve
    })
  }

  release(): void {
    const held = this.held ?? []
    this.held = null
    this.gate = null
    if (!this.muted) this.io.out(held.join(''))
    this.open()
  }

  /** The terminal, or the reader, is gone. */
  mute(): void {
    this.muted = true
    this.open()
    this.gate = null
  }

  private before(name: string): string {
    const { colors, timestamps, prefix } = this.options
    const time = timestamps ? `${timeWords(new Date().toISOString(), Date.now())} ` : ''
    const shownTime = colors && time !== '' ? `\x1b[2m${time}\x1b[0m` : time
    if (!prefix) return shownTime
    const at = this.names.indexOf(name)
    return shownTime + prefixOf(name, this.width, colors ? PALETTE[at % PALETTE.length]! : null)
  }

  private filter(name: string): ((line: string) => boolean) | null {
    const { alone, pattern } = this
    if (alone !== null && alone !== name) return () => false
    return pattern === null ? null : (line) => pattern.test(line)
  }

  private asJson(name: string, stream: 'out' | 'err', shown: Buffer): Buffer {
    const at = new Date().toISOString()
    const lines = shown.toString('utf8').slice(0, -1).split('\n')
    return Buffer.from(`${lines.map((each) => JSON.stringify({ at, process: name, stream, text: each })).join('\n')}\n`)
  }

  private async write(bytes: Uint8Array): Promise<void> {
    if (this.prompt !== null) this.io.out(ERASE)
    const room = this.io.pour('out', bytes)
    if (this.prompt !== null) this.io.out(this.promptLine())
    if (room !== null) await room
  }

  private put(text: string): void {
    if (this.muted) return
    if (this.held !== null) {
      this.held.push(text)
      if (this.held.length > HELD_MAX) this.held.shift()
      return
    }
    this.io.out(this.prompt === null ? text : `${ERASE}${text}${this.promptLine()}`)
  }

  /** One line of the terminal: a longer one would wrap, and not be erased. */
  private promptLine(): string {
    const columns = this.io.columns() ?? 80
    const prompt = this.prompt ?? ''
    return `${ERASE}${displayWidth(prompt) < columns ? prompt : `…${prompt.slice(-(columns - 2))}`}`
  }
}
