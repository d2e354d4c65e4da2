/**
 * The files that recorders write to, used again and again: ext4 gives no inode away that was freed within the last minute,
 * and looks at every one of them for each new file. A file that is made and removed for every short job made all files
 * beside it ten times as slow to make.
 */
import { closeSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from './errno.ts'
import { openFileSync, writeTextSync } from './regular-file.ts'

/** 16 bytes: a code of three digits and its newline fit with room. */
const BLANK_RECORD = ' '.repeat(16)
/** As many as end in a second of short jobs; a block of the disk each. */
const MOST_SPARES = 256

export class RecordFiles {
  private spares = 0

  /** Takes the place of the record now, while there is still room on the disk. Throws what the file system says. */
  prepare(file: string): void {
    if (this.spares === 0 || !this.reuse(this.spare(file, --this.spares), file)) writeTextSync(file, BLANK_RECORD, 'w')
  }

  /** Its run has ended, and the state on disk tells it. Where the disk has become read-only the file stays: nobody looks at it again. */
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

  /** False when it is not there any more. Blank before it has the name of a run: a daemon that dies in between leaves no false end. */
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
