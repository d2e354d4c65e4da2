/** The bytes of a stream by logical offset, from archives and the live file. */
import { closeSync, read as readCallback, type Stats, statSync } from 'node:fs'
import { promisify } from 'node:util'
import { errnoOf, unless } from '../errno.ts'
import { openFileSync } from '../regular-file.ts'
import { Inflater } from './inflater.ts'
import type { Archive, LogStream } from './stream.ts'
import type { Bytes, Piece, StreamView } from './view.ts'

const read = promisify(readCallback)

/** Anything but a file holds no bytes. */
const ABSENT = ['ENOENT', 'EFTYPE']

/** An archive's present path. `mark` identifies these bytes, whatever gets that path later. */
export interface ArchiveFile {
  from: number
  to: number
  gz: boolean
  path: string
  mark: string
}

export const markOf = ({ dev, ino, size, mtimeMs }: Stats): string => `${dev}:${ino}:${size}:${mtimeMs}`

/** Opened before any await: the path may be another archive's in the next turn. */
async function inflaterAt(path: string): Promise<Inflater | null> {
  const descriptor = unless(ABSENT, null, () => openFileSync(path, 'r'))
  return descriptor === null ? null : Inflater.start(descriptor)
}

/** Compressed archives kept open between pages, so that a page continues where the last ended. */
const OPEN_ARCHIVES = 8

/** Reads any range of a stream, wherever it is: archives, packed or not, and the live file. */
export class ByteReader implements Bytes {
  private open: { archive: Archive; inflater: Inflater }[] = []

  /** Up to `max` bytes from the logical offset; null when nothing follows it (up to `to`). */
  async read(log: LogStream, offset: number, max: number, to: number): Promise<Piece | null> {
    let from = offset
    while (from < to) {
      const archive = log.archives.findLast((each) => each.to > from)
      if (archive) {
        const start = Math.max(from, archive.from)
        const data = await this.fromArchive(log, archive, start, Math.min(max, archive.to - start, to - start))
        if (data && data.length > 0) return { offset: start, data }
        // Removed by hand or damaged: its bytes count as gone.
        from = archive.to
        continue
      }
      const piece = await this.fromLive(log, Math.max(from, log.base), max, to)
      // A rotation may have moved the bytes into an archive meanwhile.
      if (piece !== 'moved') return piece
    }
    return null
  }

  /** `read` for the live file; for an archive, where it is now. */
  async locate(log: LogStream, offset: number, max: number, to: number): Promise<Piece | ArchiveFile | null> {
    let from = offset
    while (from < to) {
      const archive = log.archives.findLast((each) => each.to > from)
      if (archive) {
        const path = log.archivePath(archive)
        const stats = statSync(path, { throwIfNoEntry: false })
        if (stats) return { from: archive.from, to: archive.to, gz: archive.gz, path, mark: markOf(stats) }
        from = archive.to
        continue
      }
      const piece = await this.fromLive(log, Math.max(from, log.base), max, to)
      if (piece !== 'moved') return piece
    }
    return null
  }

  close(): void {
    for (const { inflater } of this.open.splice(0)) inflater.close()
  }

  private async fromLive(log: LogStream, offset: number, max: number, to: number): Promise<Piece | null | 'moved'> {
    return log.gate.read(async () => {
      if (offset < log.base) return 'moved'
      const file = unless(ABSENT, null, () => openFileSync(log.paths.live, 'r'))
      if (file === null) return null
      try {
        const length = Math.min(max, to - offset)
        if (length <= 0) return null
        const { bytesRead, buffer } = await read(file, Buffer.allocUnsafe(length), 0, length, offset - log.base)
        return bytesRead === 0 ? null : { offset, data: buffer.subarray(0, bytesRead) }
      } finally {
        closeSync(file)
      }
    })
  }

  private async fromArchive(log: LogStream, archive: Archive, offset: number, length: number): Promise<Buffer | null> {
    const skip = offset - archive.from
    if (archive.gz) return this.inflate(log, archive, skip, length)
    // Opened before any await: its number may change in the next turn.
    const file = unless(ABSENT, null, () => openFileSync(log.archivePath(archive), 'r'))
    if (file === null) return null
    try {
      const { bytesRead, buffer } = await read(file, Buffer.allocUnsafe(length), 0, length, skip)
      return buffer.subarray(0, bytesRead)
    } finally {
      closeSync(file)
    }
  }

  private async inflate(log: LogStream, archive: Archive, skip: number, length: number): Promise<Buffer | null> {
    const at = this.open.findIndex((each) => each.archive === archive && each.inflater.position === skip)
    const inflater = at === -1 ? await inflaterAt(log.archivePath(archive)) : this.open.splice(at, 1)[0]!.inflater
    if (!inflater) return null
    try {
      if (!(await inflater.skipTo(skip))) return null
      const data = await inflater.take(length)
      this.open.push({ archive, inflater })
      while (this.open.length > OPEN_ARCHIVES) this.open.shift()!.inflater.close()
      return data
    } catch (error) {
      inflater.close()
      // A damaged archive is reported as missing bytes, not as a failed request.
      if (errnoOf(error)?.startsWith('Z_') || errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

/** A small range as a whole, for tests and for searching backwards; shorter when bytes are missing. */
export async function readRange(reader: Bytes, log: StreamView, from: number, to: number): Promise<Piece[]> {
  const pieces: Piece[] = []
  let position = from
  while (position < to) {
    const piece = await reader.read(log, position, to - position, to)
    if (!piece) break
    pieces.push(piece)
    position = piece.offset + piece.data.length
  }
  return pieces
}
