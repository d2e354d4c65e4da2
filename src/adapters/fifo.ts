/** FIFOs, which Node cannot make. */
import { spawnSync } from 'node:child_process'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'

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
