import { closeSync, read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import type { Gunzip } from 'node:zlib'
import { errnoOf, unless } from '../errno.ts'
import { openFileSync } from '../regular-file.ts'
import type { Archive, LogStream } from './stream.ts'

const read = promisify(readCallback)

/** What is no file holds no bytes. */
const ABSENT = ['ENOENT', 'EFTYPE']

/** Bytes of a stream. `offset` lies beyond what was asked for when bytes before it are gone. */
export interface Piece {
  offset: number
  data: Buffer
}

/** Compressed archives that readers have open between two pieces; a page of a big one goes on where the last ended. */
const OPEN_ARCHIVES = 8

/** Reads any stretch of a stream, wherever it stands: archives, packed or not, and the live file. */
export class ByteReader {
  #open: Inflater[] = []

  /** Up to `max` bytes from the logical offset; null when nothing stands there or behind it (up to `to`). */
  async read(log: LogStream, offset: number, max: number, to: number): Promise<Piece | null> {
    let from = offset
    while (from < to) {
      const archive = log.archives.findLast((each) => each.to > from)
      if (archive) {
        const start = Math.max(from, archive.from)
        const data = await this.#fromArchive(log, archive, start, Math.min(max, archive.to - start, to - start))
        if (data && data.length > 0) return { offset: start, data }
        // Removed by hand or damaged: its bytes count as gone.
        from = archive.to
        continue
      }
      const piece = await this.#fromLive(log, Math.max(from, log.base), max, to)
      // A rotation may have moved the bytes into an archive while this waited for it.
      if (piece !== 'moved') return piece
    }
    return null
  }

  close(): void {
    for (const inflater of this.#open.splice(0)) inflater.close()
  }

  async #fromLive(log: LogStream, offset: number, max: number, to: number): Promise<Piece | null | 'moved'> {
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

  async #fromArchive(log: LogStream, archive: Archive, offset: number, length: number): Promise<Buffer | null> {
    const skip = offset - archive.from
    if (archive.gz) return this.#inflate(log, archive, skip, length)
    // Opened before anything is awaited: its number may change at the next turn.
    const file = unless(ABSENT, null, () => openFileSync(log.archivePath(archive), 'r'))
    if (file === null) return null
    try {
      const { bytesRead, buffer } = await read(file, Buffer.allocUnsafe(length), 0, length, skip)
      return buffer.subarray(0, bytesRead)
    } finally {
      closeSync(file)
    }
  }

  async #inflate(log: LogStream, archive: Archive, skip: number, length: number): Promise<Buffer | null> {
    const at = this.#open.findIndex((each) => each.archive === archive && each.position === skip)
    const inflater = at === -1 ? await Inflater.start(log.archivePath(archive), archive) : this.#open.splice(at, 1)[0]!
    if (!inflater) return null
    try {
      if (!(await inflater.skipTo(skip))) return null
      const data = await inflater.take(length)
      this.#open.push(inflater)
      while (this.#open.length > OPEN_ARCHIVES) this.#open.shift()!.close()
      return data
    } catch (error) {
      inflater.close()
      // A damaged archive is told as missing bytes, not as a failed request.
      if (errnoOf(error)?.startsWith('Z_') || errnoOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

/** A compressed archive that is read forwards. */
class Inflater {
  readonly archive: Archive
  position = 0
  readonly #stream: Gunzip
  readonly #chunks: AsyncIterator<Buffer>
  #left: Buffer = Buffer.alloc(0)

  private constructor(archive: Archive, stream: Gunzip) {
    this.archive = archive
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  static async start(path: string, archive: Archive): Promise<Inflater | null> {
    const descriptor = unless(ABSENT, null, () => openFileSync(path, 'r'))
    if (descriptor === null) return null
    const { createGunzip } = await import('node:zlib')
    const { createReadStream } = await import('node:fs')
    const source = createReadStream(path, { fd: descriptor, highWaterMark: 64 * 1024 })
    const gunzip = createGunzip({ chunkSize: 256 * 1024 })
    source.once('error', (error) => gunzip.destroy(error))
    gunzip.once('close', () => source.destroy())
    // Errors between two reads are told by the next one.
    gunzip.on('error', () => {})
    return new Inflater(archive, source.pipe(gunzip))
  }

  async skipTo(position: number): Promise<boolean> {
    while (this.position < position) {
      const skipped = await this.take(Math.min(position - this.position, 1024 * 1024))
      if (skipped.length === 0) return false
    }
    return true
  }

  /** Up to `length` bytes; empty at the end. */
  async take(length: number): Promise<Buffer> {
    if (this.#left.length === 0) {
      const next = await this.#chunks.next()
      if (next.done) return Buffer.alloc(0)
      this.#left = next.value
    }
    const data = this.#left.subarray(0, length)
    this.#left = this.#left.subarray(data.length)
    this.position += data.length
    return data
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** Whole content of a small stretch, for tests and for searching backwards; shorter when bytes are missing. */
export async function readRange(reader: ByteReader, log: LogStream, from: number, to: number): Promise<Piece[]> {
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
