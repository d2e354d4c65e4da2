/** The daemon's part of a job's input: creates the FIFOs before the recorder begins, removes them after the run. */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { inputFilesOf, sayEnd } from '../protocol/input-files.ts'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'

/** Node cannot make a FIFO. A few milliseconds, for jobs with input only. */
const MKFIFO_MS = 5000

export function prepareInput(recordFile: string): void {
  removeInput(recordFile)
  const { coming, end } = inputFilesOf(recordFile)
  const made = spawnSync('mkfifo', ['-m', '600', '--', coming, end], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: MKFIFO_MS,
  })
  if (errnoOf(made.error) === 'ENOENT')
    throw new CannotStart('MISSING_TOOL', 'mkfifo is not installed, which a job with input needs; add `< /dev/null`')
  if (made.status !== 0)
    throw new CannotStart('SPAWN_FAILED', `the way for its input cannot be made (${made.stderr?.trim() || made.error?.message})`)
}

export function inputOpen(recordFile: string): boolean {
  const { data, coming } = inputFilesOf(recordFile)
  return existsSync(data) || existsSync(coming)
}

/** After the run. If its recorder was killed, this releases what holds the input open. */
export function removeInput(recordFile: string): void {
  const files = inputFilesOf(recordFile)
  sayEnd(files)
  for (const file of Object.values(files)) rmSync(file, { force: true })
}
