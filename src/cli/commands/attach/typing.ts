/** Hands on what is typed, in order, no faster than the program takes it; and the size of the terminal. */
import type { Client } from '../../../client/client.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { TerminalSize } from '../../../protocol/terminal-requests.ts'

/** Bytes of one request; as base64 they are a third more. */
const PIECE = 32 * 1024
/** Beyond it nothing more is read from the keyboard. */
const WAITING_MAX = 256 * 1024
const AGAIN_MS = 50

export interface Typing {
  type(bytes: Buffer): void
  resize(size: TerminalSize): void
  /** Requests go here from now on; null = the daemon is away. */
  use(client: Client | null): void
  stop(): void
}

/** `full`: whether the keyboard is to wait. */
export function typingAt(target: string, full: (isFull: boolean) => void): Typing {
  let client: Client | null = null
  let waiting: Buffer[] = []
  let length = 0
  let busy = false
  let size: TerminalSize | null = null
  let sizing = false
  let over = false
  let timer: NodeJS.Timeout | null = null

  const again = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      void pump()
      void tell()
    }, AGAIN_MS)
  }
  const pump = async (): Promise<void> => {
    while (!busy && !over && client !== null && length > 0) {
      busy = true
      const all = Buffer.concat(waiting)
      const piece = all.subarray(0, PIECE)
      let written = piece.length
      try {
        const reply = await client.request('send', { target, text: piece.toString('base64'), encoding: 'base64' })
        written = reply.written
      } catch (error) {
        // What may have arrived is not typed a second time.
        if (isBeforeItsTime(error)) written = 0
        else if (!(error instanceof PtrackError)) throw error
      } finally {
        busy = false
      }
      // What was typed meanwhile is behind it.
      const rest = Buffer.concat(waiting).subarray(written)
      waiting = rest.length === 0 ? [] : [rest]
      length = rest.length
      if (length < WAITING_MAX) full(false)
      if (written < piece.length) return again()
    }
  }
  /** The last size wins; those in between are left out. */
  const tell = async (): Promise<void> => {
    while (!sizing && !over && client !== null && size !== null) {
      sizing = true
      const wanted = size
      try {
        await client.request('resize', { target, ...wanted })
        if (size === wanted) size = null
      } catch (error) {
        if (!(error instanceof PtrackError)) throw error
        if (!isBeforeItsTime(error)) size = null
        else return again()
      } finally {
        sizing = false
      }
    }
  }
  return {
    type: (bytes) => {
      if (over || bytes.length === 0) return
      waiting.push(bytes)
      length += bytes.length
      if (length >= WAITING_MAX) full(true)
      void pump()
    },
    resize: (wanted) => {
      size = wanted
      void tell()
    },
    use: (next) => {
      client = next
      void pump()
      void tell()
    },
    stop: () => {
      over = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

/** Not sent at all, or the program is only just starting. */
const isBeforeItsTime = (error: unknown): boolean =>
  error instanceof PtrackError &&
  (error.code === 'NOT_RUNNING' || (error.code === 'UNREACHABLE' && error.details?.sent === false))
