/**
 * The terminal as it is taken and given back: alternate screen, hidden cursor, mouse, bracketed paste, raw keys. Whatever
 * ends the view (a key, a signal, an error, the end of the terminal or of its parent), the same function gives it back.
 */
import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { ReadStream, WriteStream } from 'node:tty'
import { KeyDecoder, type TerminalInput } from './keys.ts'

/** Without wrapping: a character that this terminal draws wider than Unicode says must not push what stands below. */
const TAKE = '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h'
/** Colours, a synchronized update that is under way, and lines that wrap are put right too. */
const GIVE_BACK = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?7h\x1b[?1049l'
/** A lone Escape is one when nothing follows at once; over ssh the rest of a sequence may be late. */
const ESCAPE_MS = 60
const PARENT_MS = 500

/** Why the view ends, when it was not asked to by a key. */
export type End = { signal: NodeJS.Signals } | { gone: string }

export interface TerminalEvents {
  input(input: TerminalInput): void
  resized(): void
  /** The screen shows something else, such as after `fg`. */
  dirty(): void
  ended(end: End): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export class Terminal {
  private readonly stdin: ReadStream
  private readonly stdout: WriteStream & { fd: number }
  private readonly on: TerminalEvents
  private readonly decoder = new KeyDecoder()
  private readonly utf8 = new StringDecoder('utf8')
  private readonly parent = process.ppid
  private escape: NodeJS.Timeout | null = null
  private watch: NodeJS.Timeout | null = null
  private taken = false
  private readonly undo: (() => void)[] = []

  constructor(stdin: ReadStream, stdout: WriteStream & { fd: number }, on: TerminalEvents) {
    this.stdin = stdin
    this.stdout = stdout
    this.on = on
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.stdout.columns || 80, rows: this.stdout.rows || 24 }
  }

  open(): void {
    const { stdin, stdout, on } = this
    for (const signal of SIGNALS) this.listen(process, signal, () => on.ended({ signal }))
    // Also what ends the program without asking this file: an error nobody caught, an exit.
    this.listen(process, 'exit', () => this.giveBack())
    // Before the error is printed, which would otherwise be on the screen that goes.
    this.listen(process, 'uncaughtExceptionMonitor', () => this.giveBack())
    this.listen(process, 'SIGCONT', () => this.continued())
    this.listen(stdout, 'resize', () => on.resized())
    this.listen(stdin, 'data', (bytes: Buffer) => this.typed(bytes))
    this.listen(stdin, 'end', () => on.ended({ gone: 'its input has ended' }))
    this.listen(stdin, 'error', () => on.ended({ gone: 'its input cannot be read' }))
    // Nobody tells a program of a shell between it and the terminal that was killed.
    this.watch = setInterval(() => {
      if (process.ppid !== this.parent) on.ended({ gone: 'its parent has ended' })
    }, PARENT_MS)
    this.take()
    stdin.resume()
  }

  close(): void {
    for (const undo of this.undo.splice(0)) undo()
    if (this.watch) clearInterval(this.watch)
    if (this.escape) clearTimeout(this.escape)
    this.giveBack()
    this.stdin.pause()
  }

  /** Ctrl-Z: given back, stopped, and taken again by SIGCONT. */
  suspend(): void {
    this.giveBack()
    // The whole group, as the terminal itself would: a shell between it and us stops too.
    process.kill(0, 'SIGTSTP')
  }

  private listen<T>(emitter: NodeJS.EventEmitter, name: string, listener: (value: T) => void): void {
    emitter.on(name, listener)
    this.undo.push(() => emitter.off(name, listener))
  }

  private continued(): void {
    if (!this.taken) this.take()
    // The shell has put its own modes meanwhile: raw mode has to be set, not only known to be set.
    else this.rawMode(false)
    this.rawMode(true)
    this.on.dirty()
  }

  private take(): void {
    this.rawMode(true)
    this.taken = true
    this.stdout.write(TAKE)
  }

  private giveBack(): void {
    if (!this.taken) return
    this.taken = false
    try {
      // At once: after a signal or an error no turn of the event loop may come any more.
      writeSync(this.stdout.fd, GIVE_BACK)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') this.stdout.write(GIVE_BACK)
      // The terminal itself has gone: nothing is left to be given back.
      else if (code !== 'EIO' && code !== 'EBADF' && code !== 'EPIPE') throw error
    }
    this.rawMode(false)
  }

  private rawMode(on: boolean): void {
    try {
      this.stdin.setRawMode(on)
    } catch (error) {
      if (on) throw error
      // Whoever lost the foreground may set the modes only while it ignores SIGTTOU, which Node cannot say for itself.
      spawnSync('sh', ['-c', 'trap "" TTOU; stty sane'], { stdio: 'inherit' })
    }
  }

  private typed(bytes: Buffer): void {
    if (this.escape) clearTimeout(this.escape)
    this.escape = null
    for (const input of this.decoder.push(this.utf8.write(bytes))) this.on.input(input)
    if (!this.decoder.waiting) return
    this.escape = setTimeout(() => {
      for (const input of this.decoder.flush()) this.on.input(input)
    }, ESCAPE_MS)
  }
}
