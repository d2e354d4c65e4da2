/** Input of a run through FIFOs (0600) beside its exit record, independent of the daemon's life: stdin of a `ptrack run`, or what is typed. */
import { closeSync, constants, openSync, writeSync } from 'node:fs'

export const recordFileOf = (home: string, id: string, run: number): string => `${home}/runs/${id}.${run}`

export interface InputFiles {
  /** The data. It has this name from when the program can read until the input is over. */
  data: string
  /** Its name before that. */
  coming: string
  /** Takes the line `end`: the caller has written everything. */
  end: string
}

/** The recorder's script derives the same names from its `$0`. */
export const inputFilesOf = (recordFile: string): InputFiles => ({
  data: `${recordFile}.stdin`,
  coming: `${recordFile}.stdin.new`,
  end: `${recordFile}.end`,
})

/** What is typed at the terminal of a run, which itself holds it open for reading and writing. */
export const typedFileOf = (recordFile: string): string => `${recordFile}.tty`

/** Nobody holds the input open: it was never opened, its run is over, or (EPIPE) ends between our two calls. */
const NOBODY = new Set<unknown>(['ENOENT', 'ENXIO', 'EPIPE'])

/** Ends the input; a no-op when no process holds it open. Throws other errno errors. */
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
