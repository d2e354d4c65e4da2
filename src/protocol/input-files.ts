/**
 * Where `ptrack run` and its job meet: two FIFOs of mode 0600 beside the exit record of the job's one run. What the caller's
 * stdin holds goes through the first and never through the daemon, so no death of the daemon touches it.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'

export const recordFileOf = (home: string, id: string, run: number): string => `${home}/runs/${id}.${run}`

export interface InputFiles {
  /** The bytes. It has this name from the moment on in which the program can read, until the input is over. */
  data: string
  /** Its name before that. */
  coming: string
  /** Takes the line `end`: the caller has handed on all there is. */
  end: string
}

/** The recorder's script makes the same names of its `$0`. */
export const inputFilesOf = (recordFile: string): InputFiles => ({
  data: `${recordFile}.stdin`,
  coming: `${recordFile}.stdin.new`,
  end: `${recordFile}.end`,
})

/** Nobody holds the input open: it was never opened, its run is over, or (EPIPE) ends between our two calls. */
const NOBODY = new Set<unknown>(['ENOENT', 'ENXIO', 'EPIPE'])

/** Says that there is no more to come; nothing happens where nobody holds the input open. Throws other errno errors. */
export function sayEnd({ end }: InputFiles, write: (fd: number, text: string) => unknown = writeSync): void {
  try {
    const fd = openSync(end, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      write(fd, 'end\n')
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (!NOBODY.has((error as NodeJS.ErrnoException).code)) throw error
  }
}
