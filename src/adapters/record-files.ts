/** Recycles the recorders' files: ext4 scans every inode freed in the last minute for each new file, ten times the cost. */
import { closeSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from './errno.ts'
import { openFileSync, writeTextSync } from './regular-file.ts'

/** 16 bytes: a code of three digits and its newline fit with room. */
const BLANK_RECORD = ' '.repeat(16)
/** As many as end in a second of short jobs; a disk block each. */
const MOST_SPARES = 256

export class RecordFiles {
  private spares = 0

  /** Creates the record now, while there is room on the disk. Throws what the file system says. */
  prepare(file: string): void {
    if (this.spares === 0 || !this.reuse(this.spare(file, --this.spares), file)) writeTextSync(file, BLANK_RECORD, 'w')
  }

  /** The state on disk has the exit. On a read-only disk the file stays: nothing reads it again. */
  retire(file: string): void {
    try {
      if (this.spares === MOST_SPARES) rmSync(file, { force: true })
      else {
        renameSync(file, this.spare(file, this.spares))
        this.spares++
      }
    } catch (error) {
      if (errnoOf(error) !== 'EROFS' && errnoOf(error) !== 'ENOENT') throw error
    }
  }

  /** False when it is gone. Blanked before it gets the name of a run, so that a crash leaves no false exit. */
  private reuse(spare: string, file: string): boolean {
    let fd: number
    try {
      fd = openFileSync(spare, 'r+')
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EFTYPE') return false
      throw error
    }
    try {
      writeSync(fd, BLANK_RECORD, 0)
    } finally {
      closeSync(fd)
    }
    renameSync(spare, file)
    return true
  }

  private spare(file: string, number: number): string {
    return join(dirname(file), `spare.${number}`)
  }
}
