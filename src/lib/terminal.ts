/** The terminal of a program as a stream: what it shows is read, what is written is typed. */
import { Duplex } from 'node:stream'
import { sendBytes } from '../client/send-bytes.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Input, Method, Reply } from '../protocol/requests.ts'
import type { Sent } from '../protocol/terminal-requests.ts'
import type { Terminal, TerminalSize } from './inputs.ts'
import { isUnreachable, type Link } from './link.ts'
import { outputOf } from './output.ts'

const AGAIN_MS = 50

export type Ask = <M extends Method>(method: M, params: Input<M>) => Promise<Reply<M>>

export interface Place {
  id: string
  name: string
  run: number
  /** Logical offset of its output; null = from the start of the run. */
  from: number | null
}

export class TerminalStream extends Duplex implements Terminal {
  readonly id: string
  readonly name: string
  readonly run: number
  private readonly link: Link
  private readonly asking: Ask
  private readonly over = new AbortController()
  private readonly output: AsyncGenerator<Buffer, void, void>
  private pulling = false

  constructor(link: Link, ask: Ask, place: Place) {
    // With the end of the program nobody can type any more.
    super({ allowHalfOpen: false })
    const { id, name, run, from } = place
    this.id = id
    this.name = name
    this.run = run
    this.link = link
    this.asking = ask
    this.output = outputOf(link, { target: id, stream: 'out', run, from }, this.over.signal)
  }

  async resize(size: TerminalSize): Promise<void> {
    await this.unlessOver(() => this.asking('resize', { target: this.id, ...size }))
  }

  /** Programs draw anew when their terminal changes its size, and only then. */
  async redraw(size: TerminalSize): Promise<void> {
    await this.resize({ ...size, rows: size.rows > 1 ? size.rows - 1 : 2 })
    await this.resize(size)
  }

  detach(): void {
    this.destroy()
  }

  override _read(): void {
    if (this.pulling) return
    this.pulling = true
    this.output.next().then(
      ({ done, value }) => {
        this.pulling = false
        this.push(done ? null : value)
      },
      (error: Error) => this.destroy(error),
    )
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.unlessOver(() => sendBytes((params) => this.type(params), this.id, bytes, true)).then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.over.abort()
    done(error)
  }

  /** What may have arrived is not typed a second time. */
  private async type(params: Input<'send'>): Promise<Sent> {
    for (;;) {
      try {
        return await this.asking('send', params)
      } catch (error) {
        const { code, details } = error as PtrackError
        // It is only just starting, or has ended, which its output says.
        if (code === 'NOT_RUNNING' && !this.readableEnded && !this.destroyed) {
          await this.link.wait(AGAIN_MS)
          continue
        }
        if (!isUnreachable(error)) throw error
        // Of a connection that could not be made, it names the socket.
        const isUnsent = details?.sent === false || details?.socket !== undefined
        if (this.destroyed || this.link.closed || !isUnsent) return { written: Buffer.byteLength(params.text, 'base64') }
        await this.link.wait(AGAIN_MS)
      }
    }
  }

  /** It has ended: what it showed last says so. */
  private async unlessOver(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (error) {
      const isOver = error instanceof PtrackError && (error.code === 'NOT_RUNNING' || error.code === 'NOT_FOUND')
      if (!isOver && !this.destroyed) throw error
    }
  }
}
