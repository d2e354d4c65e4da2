/**
 * Hands this process's stdin on to a job, byte for byte and no faster than it is read, through the FIFO of its run and past
 * the daemon. The program meets the end of its input when `end` is said here, and at no other time.
 */
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { type InputFiles, sayEnd } from '../../../protocol/input-files.ts'

const { O_WRONLY, O_NONBLOCK } = constants
/** How often it is looked whether the run has begun: soon at first, then rarely, since it may be queued for hours. */
const FIRST_LOOK_MS = 2
const LOOK_MS_MAX = 100

export interface HandingOn {
  /** The job is over: nothing is read any more. */
  stop(): void
}

/** `stdin` is not touched before the job begins. `failed`: it cannot be read or handed on, and no end was said. */
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
    // The program has closed its stdin, or ended: as in a pipeline, it is enough.
    to.on('error', (error) => (over ? undefined : codeOf(error) === 'EPIPE' ? end() : giveUp(error)))
    from.on('error', giveUp)
    from.once('end', () => {
      // Called once all that was written before is in the FIFO. Our write end is closed first: then the holder's is the last.
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
      // Not there: it has not begun. No reader: it has begun and wants none, and the writer of our stdin learns so.
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
