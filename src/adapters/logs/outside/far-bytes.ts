/** Bytes for the reader process. The daemon reads the live file, which loses its head; archives are opened here, by path. */
import { closeSync, fstatSync, read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import { errnoOf, unless } from '../../errno.ts'
import { openFileSync } from '../../regular-file.ts'
import { type ArchiveFile, markOf } from '../bytes.ts'
import { Inflater } from '../inflater.ts'
import type { Piece } from '../view.ts'
import type { FarStream } from './facts.ts'

const read = promisify(readCallback)

/** Archives kept open between two pieces. */
const OPEN_ARCHIVES = 8
/** An archive changes its path when a newer one is made, and again when it is compressed. */
const FIND_TRIES = 10

/** The daemon's answer: bytes of the live file, an archive, or nothing more. */
export type Find = (log: FarStream, offset: number, max: number, to: number) => Promise<Piece | ArchiveFile | null>

interface OpenArchive {
  life: number
  from: number
  to: number
  /** Of a plain one; an inflater closes its own. */
  descriptor: number | null
  inflater: Inflater | null
}

export class FarBytes {
  private open: OpenArchive[] = []

  async read(find: Find, log: FarStream, offset: number, max: number, to: number): Promise<Piece | null> {
    let from = offset
    while (from < to) {
      const known = this.take(log.life, from)
      const found = known ?? (await this.find(find, log, from, max, to))
      if (found === null || 'data' in found) return found
      const start = Math.max(from, found.from)
      const data = await this.bytes(found, start - found.from, Math.min(max, Math.min(found.to, to) - start))
      if (data.length > 0) return { offset: start, data }
      // Damaged: its bytes count as gone.
      from = found.to
    }
    return null
  }

  /** An open one; a compressed one only at this very position, as going back means starting over. */
  private take(life: number, from: number): OpenArchive | null {
    const at = this.open.findIndex(
      (each) =>
        each.life === life &&
        each.from <= from &&
        from < each.to &&
        (each.inflater?.position ?? from - each.from) === from - each.from,
    )
    return at === -1 ? null : this.open.splice(at, 1)[0]!
  }

  private async find(find: Find, log: FarStream, from: number, max: number, to: number): Promise<Piece | OpenArchive | null> {
    let found: Piece | ArchiveFile | null = null
    for (let i = 0; i < FIND_TRIES; i++) {
      found = await find(log, found === null ? from : Math.max(from, 'from' in found ? found.from : 0), max, to)
      if (found === null || 'data' in found) return found
      const descriptor = openExactly(found)
      if (descriptor === null) continue
      const { gz } = found
      const inflater = gz ? await Inflater.start(descriptor) : null
      return { life: log.life, from: found.from, to: found.to, descriptor: gz ? null : descriptor, inflater }
    }
    // Skipped like a damaged one.
    return found && 'from' in found ? { life: log.life, from: found.from, to: found.to, descriptor: null, inflater: null } : null
  }

  private async bytes(archive: OpenArchive, skip: number, length: number): Promise<Buffer> {
    const { descriptor, inflater } = archive
    const none: Buffer = Buffer.alloc(0)
    try {
      let data = none
      if (descriptor !== null) {
        const { bytesRead, buffer } = await read(descriptor, Buffer.allocUnsafe(length), 0, length, skip)
        data = buffer.subarray(0, bytesRead)
      } else if (inflater !== null && (await inflater.skipTo(skip))) {
        data = await inflater.take(length)
      }
      if (data.length > 0) this.keep(archive)
      else close(archive)
      return data
    } catch (error) {
      close(archive)
      if (errnoOf(error)?.startsWith('Z_')) return none
      throw error
    }
  }

  private keep(archive: OpenArchive): void {
    this.open.push(archive)
    while (this.open.length > OPEN_ARCHIVES) close(this.open.shift()!)
  }
}

/** Null when something else is there now. */
function openExactly({ path, mark }: ArchiveFile): number | null {
  const descriptor = unless(['ENOENT', 'EFTYPE'], null, () => openFileSync(path, 'r'))
  if (descriptor === null || markOf(fstatSync(descriptor)) === mark) return descriptor
  closeSync(descriptor)
  return null
}

function close({ descriptor, inflater }: OpenArchive): void {
  if (descriptor !== null) closeSync(descriptor)
  inflater?.close()
}
