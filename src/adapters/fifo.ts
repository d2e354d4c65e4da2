/** FIFOs, which Node cannot make, opened without waiting for the other end. */
import { spawnSync } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { CannotStart } from './cannot-start.ts'
import { errnoOf, unless } from './errno.ts'

/** A few milliseconds, of which most are the tool's own start. */
const MKFIFO_MS = 5000

/** Mode 0600. Throws CannotStart; one that exists is an error. */
export function makeFifos(paths: readonly string[]): void {
  const made = spawnSync('mkfifo', ['-m', '600', '--', ...paths], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: MKFIFO_MS,
  })
  if (errnoOf(made.error) === 'ENOENT') throw new CannotStart('MISSING_TOOL', 'mkfifo is not installed')
  if (made.status !== 0)
    throw new CannotStart('SPAWN_FAILED', `a FIFO cannot be made (${made.stderr?.trim() || made.error?.message})`)
}

const { O_RDWR, O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants

/** A descriptor that reads and writes: with it open, no death of a writer is an end, and no writer waits for a reader. */
export const openFifo = (path: string): number => openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW)

/** The same for what is handed to a shell, which has to wait for its lines. */
export const openBlockingFifo = (path: string): number => openSync(path, O_RDWR | O_NOFOLLOW)

/** Null: nothing reads it. */
export const openFifoToWrite = (path: string): number | null =>
  unless(['ENXIO', 'ENOENT'], null, () => openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW))
