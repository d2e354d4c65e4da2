/** The keys of this terminal. What stops or suspends is a key too: in raw mode no signal comes of it. */
import { StringDecoder } from 'node:string_decoder'
import { foregroundHere } from '../../../client/proc-stat.ts'
import { KeyDecoder } from '../../../tui/keys.ts'

/** A lone Escape if nothing follows within this time. */
const ESCAPE_MS = 60
const GONE: ReadonlySet<string> = new Set(['EIO', 'EBADF', 'ENOTTY'])

export interface KeyEvents {
  key(key: string): void
  paste(text: string): void
  /** The terminal has gone. */
  gone(): void
}

export interface Keyboard {
  /** Another program reads them for a while. */
  lend(): void
  takeBack(): void
  /** Ctrl-Z: as a terminal would do it, until `fg`. */
  suspend(): void
  close(): void
}

/** Null: stdin and stdout are no terminal, or that of another job of the shell, which must not be read. */
export function openKeyboard(on: KeyEvents): Keyboard | null {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY || !foregroundHere()) return null
  const decoder = new KeyDecoder()
  const utf8 = new StringDecoder('utf8')
  let pending: NodeJS.Timeout | null = null
  let lent = false

  const deliver = (inputs: ReturnType<KeyDecoder['push']>): void => {
    for (const input of inputs) {
      if (input.kind === 'key') on.key(input.key)
      else if (input.kind === 'paste') on.paste(input.text)
    }
  }
  const typed = (bytes: Buffer): void => {
    if (pending !== null) clearTimeout(pending)
    pending = null
    deliver(decoder.push(utf8.write(bytes)))
    if (decoder.waiting) pending = setTimeout(() => deliver(decoder.flush()), ESCAPE_MS)
  }
  const gone = (): void => on.gone()
  const raw = (isOn: boolean): void => {
    try {
      stdin.setRawMode(isOn)
    } catch (error) {
      // The terminal itself has gone.
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  // The shell has set modes of its own meanwhile: raw mode must really be set, not only remembered.
  const continued = (): void => {
    if (lent) return
    raw(false)
    raw(true)
  }
  const take = (): void => {
    raw(true)
    stdin.on('data', typed).resume()
  }
  const give = (): void => {
    if (pending !== null) clearTimeout(pending)
    pending = null
    stdin.off('data', typed).pause()
    raw(false)
  }
  stdin.on('end', gone).on('error', gone)
  process.on('SIGCONT', continued)
  take()
  return {
    lend: () => {
      lent = true
      give()
    },
    takeBack: () => {
      lent = false
      take()
    },
    suspend: () => {
      raw(false)
      // The whole group, as the terminal itself would: a shell in between stops too.
      process.kill(0, 'SIGTSTP')
    },
    close: () => {
      give()
      stdin.off('end', gone).off('error', gone)
      process.off('SIGCONT', continued)
    },
  }
}
