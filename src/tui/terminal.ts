/** Takes the terminal (alternate screen, mouse, raw keys) and gives it back, by one function however the view ends. */
import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { ReadStream, WriteStream } from 'node:tty'
import { KeyDecoder, type TerminalInput } from './keys.ts'

/** Without wrapping: a character drawn wider than Unicode says must not shift the lines below. */
const TAKE = '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h'
/** Also restores colours, a pending synchronized update, and wrapping. */
const GIVE_BACK = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?7h\x1b[?1049l'
/** A lone Escape if nothing follows within this time; over ssh the rest of a sequence may be late. */
const ESCAPE_MS = 60
const PARENT_MS = 500

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
    // Also for ends that bypass this file: an uncaught error, an exit.
    this.listen(process, 'exit', () => this.giveBack())
    // Before the error is printed, which would otherwise vanish with the alternate screen.
    this.listen(process, 'uncaughtExceptionMonitor', () => this.giveBack())
    this.listen(process, 'SIGCONT', () => this.continued())
    this.listen(stdout, 'resize', () => on.resized())
    this.listen(stdin, 'data', (bytes: Buffer) => this.typed(bytes))
    this.listen(stdin, 'end', () => on.ended({ gone: 'its input has ended' }))
    this.listen(stdin, 'error', () => on.ended({ gone: 'its input cannot be read' }))
    // If a shell between it and the terminal is killed, the program gets no signal.
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

  /** Ctrl-Z: gives it back, stops, and takes it again on SIGCONT. */
  suspend(): void {
    this.giveBack()
    // The whole group, as the terminal itself would: a shell in between stops too.
    process.kill(0, 'SIGTSTP')
  }

  private listen<T>(emitter: NodeJS.EventEmitter, name: string, listener: (value: T) => void): void {
    emitter.on(name, listener)
    this.undo.push(() => emitter.off(name, listener))
  }

  private continued(): void {
    if (!this.taken) this.take()
    // The shell has set its own modes meanwhile: raw mode must really be set, not only remembered.
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
      // Synchronously: after a signal or an error the event loop may not turn again.
      writeSync(this.stdout.fd, GIVE_BACK)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') this.stdout.write(GIVE_BACK)
      // The terminal itself has gone: nothing to give back.
      else if (code !== 'EIO' && code !== 'EBADF' && code !== 'EPIPE') throw error
    }
    this.rawMode(false)
  }

  private rawMode(on: boolean): void {
    try {
      this.stdin.setRawMode(on)
    } catch (error) {
      if (on) throw error
      // A background process may set the modes only while it ignores SIGTTOU, which Node cannot do.
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
