/** Passes an input to a job through the FIFO of its run, no faster than it is read. Only `end` marks the end of the input. */
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { type InputFiles, sayEnd } from '../protocol/input-files.ts'

const { O_WRONLY, O_NONBLOCK } = constants
/** Polls for the beginning of the run: soon at first, then rarely, as it may be queued for hours. */
const FIRST_LOOK_MS = 2
const LOOK_MS_MAX = 100

export interface HandingOn {
  /** The job is over: nothing reads any more. */
  stop(): void
}

/** Leaves the source alone until the job begins. `failed`: it could not be read or passed on, and no end was sent. */
export function handOn(stdin: () => Readable, files: InputFiles, failed: (error: Error) => void): HandingOn {
  let source: Readable | null = null
  let sink: Socket | null = null
  let timer: NodeJS.Timeout | null = null
  let over = false

  const stop = (): void => {
    over = true
    if (timer !== null) clearTimeout(timer)
    source?.destroy()
    sink?.destroy()
  }
  const giveUp = (error: Error): void => {
    if (over) return
    stop()
    failed(error)
  }
  const end = (): void => {
    try {
      sayEnd(files)
    } catch (error) {
      return giveUp(error as Error)
    }
    stop()
  }
  const pour = (fd: number): void => {
    const from = stdin()
    const to = new Socket({ fd, readable: false, writable: true })
    source = from
    sink = to
    // The program has closed its stdin, or ended: as in a pipeline, that is fine.
    to.on('error', (error) => (over ? undefined : codeOf(error) === 'EPIPE' ? end() : giveUp(error)))
    from.on('error', giveUp)
    from.once('end', () => {
      // Called when everything written is in the FIFO. Our write end is closed first, so that the holder's is the last.
      if (!over) to.write('', (error) => (error || over ? undefined : to.destroy()))
      to.once('close', () => (over ? undefined : end()))
    })
    from.pipe(to, { end: false })
  }
  const open = (waitMs: number): void => {
    let fd: number
    try {
      fd = openSync(files.data, O_WRONLY | O_NONBLOCK)
    } catch (error) {
      // Missing: not begun. No reader: begun without input, and the writer of our stdin gets EPIPE.
      if (codeOf(error) === 'ENXIO') {
        source = stdin()
        return end()
      }
      if (codeOf(error) !== 'ENOENT') return giveUp(error as Error)
      timer = setTimeout(() => open(Math.min(waitMs * 2, LOOK_MS_MAX)), waitMs)
      return
    }
    pour(fd)
  }
  open(FIRST_LOOK_MS)
  return { stop }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
