/** This terminal while another is shown on it: what is typed, as bytes, and how large it is. */
import { foregroundHere } from '../../../client/proc-stat.ts'
import type { TerminalSize } from '../../../protocol/terminal-requests.ts'

export interface Keyboard {
  typed(bytes: Buffer): void
  resized(size: TerminalSize): void
  /** The terminal has gone. */
  gone(): void
}

const GONE: ReadonlySet<string> = new Set(['EIO', 'EBADF', 'ENOTTY'])

/** Null: stdin and stdout are no terminal, or that of another job of the shell, which must not be read. */
export function openKeyboard(on: Keyboard): { size(): TerminalSize; pause(isPaused: boolean): void; close(): void } | null {
  const { stdin, stdout } = process
  if (!stdin.isTTY || !stdout.isTTY || !foregroundHere()) return null
  const size = (): TerminalSize => ({ rows: Math.max(1, stdout.rows || 24), columns: Math.max(1, stdout.columns || 80) })
  const onResize = (): void => on.resized(size())
  const onGone = (): void => on.gone()
  // After Ctrl-Z from outside the shell has set modes of its own: raw mode must really be set, not only remembered.
  const onContinue = (): void => {
    stdin.setRawMode(false)
    stdin.setRawMode(true)
    on.resized(size())
  }
  stdin.setRawMode(true)
  stdin.on('data', on.typed).on('end', onGone).on('error', onGone)
  stdout.on('resize', onResize)
  process.on('SIGCONT', onContinue)
  return {
    size,
    pause: (isPaused) => void (isPaused ? stdin.pause() : stdin.resume()),
    close: () => {
      stdin.off('data', on.typed).off('end', onGone).off('error', onGone)
      stdout.off('resize', onResize)
      process.off('SIGCONT', onContinue)
      try {
        stdin.setRawMode(false)
      } catch (error) {
        // The terminal itself has gone.
        if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      }
      stdin.pause()
    },
  }
}
