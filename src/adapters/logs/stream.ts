/** One stream on disk: live file, archives and offsets. */
import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, readdirSync, readSync, renameSync, rmSync, type Stats, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { unless } from '../errno.ts'
import { openFileSync } from '../regular-file.ts'
import { Gate } from './gate.ts'
import { emptyMeta, type Journal, type Meta, readMeta, writeMeta } from './meta.ts'
import type { StreamPaths } from './paths.ts'

/** An archived range of a stream, `[from, to)` in logical offsets. `number` is its present number on disk. */
export interface Archive {
  from: number
  to: number
  number: number
  gz: boolean
}

let lives = 0

/** Number of an archive whose file is gone. */
const MISSING = -1

export type Change = 'same' | 'grown' | 'truncated' | 'removed'

/** Where every byte ever written to a stream is. Only rotation and truncation move `base`; the logical end never decreases. */
export class LogStream {
  readonly paths: StreamPaths
  /** The processes that write to it: several, if they have the same file. */
  readonly names: Set<string>
  readonly gate = new Gate()
  /** Newest first. */
  archives: Archive[] = []
  base = 0
  /** Logical end when last checked. */
  end = 0
  /** How often it was found emptied. */
  cuts = 0
  droppedBytes = 0
  flushedAt = 0
  journal: Journal | null = null
  /** Time of the last write (epoch ms), from the file system. */
  modifiedMs: number | null = null
  /** The meta on disk is older than this object. */
  unsaved = false
  rotating = false
  /** Differs for each log that successively has this name: offsets of one say nothing of the next. */
  life = ++lives
  missing = false
  /** Scanners that have to read every line, and their positions. */
  readonly scans = new Set<{ position(): number }>()
  /** One of them passes the output on, and may be slow for a moment. */
  isPassedOn = false
  private inode = 0

  constructor(paths: StreamPaths, name: string) {
    this.paths = paths
    this.names = new Set([name])
  }

  /** Physical size of the live part when last checked. */
  get liveBytes(): number {
    return this.end - this.base
  }

  get oldest(): number {
    return this.archives.at(-1)?.from ?? this.base
  }

  /** Checks the file. Smaller, or another file, it was emptied: new content continues where the old ended. */
  refresh(): Change {
    const stat = fileStats(this.paths.live)
    if (!stat) return this.inode === 0 && this.end === this.base ? 'same' : 'removed'
    this.missing = false
    this.modifiedMs = stat.mtimeMs
    if (this.journal?.length) {
      // The head may or may not be gone at this moment; a file shorter than the head has lost it.
      const gone = this.rotating && stat.size < this.journal.length ? this.journal.length : 0
      const end = Math.max(this.end, this.base + gone + stat.size)
      const grown = end > this.end
      this.end = end
      return grown ? 'grown' : 'same'
    }
    const replaced = this.inode !== 0 && stat.ino !== this.inode
    this.inode = stat.ino
    if (replaced || this.base + stat.size < this.end) {
      this.base = this.end
      this.end = this.base + stat.size
      this.unsaved = true
      this.cuts++
      return 'truncated'
    }
    const grown = this.base + stat.size > this.end
    this.end = this.base + stat.size
    return grown ? 'grown' : 'same'
  }

  /**
   * Reads what an earlier daemon left. @param indexedEnd logical end according to the index, or null.
   * @param files names of the files in its directory; null = not listed yet.
   */
  load(indexedEnd: number | null, files: readonly string[] | null): { note: string | null } {
    const meta = readMeta(this.paths)
    // With a journal open, an earlier daemon's helpers may have continued since the listing. The meta comes before the first archive.
    const listed = files ?? (meta === 'missing' ? [] : null)
    const found = this.archivesOnDisk(typeof meta === 'object' && meta.journal ? null : listed)
    let note: string | null = null
    if (meta === 'missing' || meta === 'damaged') {
      note = this.rebuild(found, indexedEnd)
      if (meta === 'damaged') note = `the offsets of ${basename(this.paths.live)} could not be read and were counted anew`
    } else {
      this.adoptMeta(meta, found)
    }
    this.end = this.base + (fileStats(this.paths.live)?.size ?? 0)
    this.endedAt(indexedEnd)
    return { note }
  }

  /** Where it ended according to an index: beyond the end, it was emptied while no daemon watched. */
  endedAt(indexedEnd: number | null): void {
    // With a journal open the sizes say nothing yet.
    if (this.journal || indexedEnd === null || indexedEnd <= this.end) return
    const size = this.end - this.base
    this.base = indexedEnd
    this.end = indexedEnd + size
    this.unsaved = true
  }

  async save(token: string): Promise<void> {
    const meta: Meta = {
      ...emptyMeta(),
      base: this.base,
      archives: this.archives.map(({ from, to }) => ({ from, to })),
      droppedBytes: this.droppedBytes,
      flushedAt: this.flushedAt,
      journal: this.journal,
    }
    this.unsaved = true
    await writeMeta(this.paths, meta, token)
    this.unsaved = false
  }

  /** Repeats a failed save: until it succeeds, no file may change its number. */
  async tidy(token: string): Promise<void> {
    await this.save(token)
    const listed = new Set(this.archives.map(({ number }) => number))
    const strays = this.archivesOnDisk().filter(({ number }) => !listed.has(number))
    const removed = this.removeFiles(strays)
    this.renumber()
    await removed
  }

  archivePath(archive: Archive): string {
    return this.paths.archive(archive.number, archive.gz)
  }

  /** Everything before this has been scanned; infinity without scanners. */
  get scannedTo(): number {
    return Math.min(...[...this.scans].map((scan) => scan.position()))
  }

  /** Removes archives beyond `keep` from the list; the caller saves the meta, then removes their files. */
  dropBeyond(keep: number): Archive[] {
    const dropped = this.archives.splice(keep)
    for (const archive of dropped) this.droppedBytes += archive.to - archive.from
    return dropped
  }

  /** Renames them at once, so that their numbers are free; unlinks in the background, as hundreds of megabytes take a while. */
  async removeFiles(archives: readonly { number: number }[]): Promise<void> {
    const doomed: string[] = []
    for (const { number } of archives) {
      for (const gz of [false, true]) {
        const temporary = this.paths.temporary(randomBytes(16).toString('hex'))
        unless(['ENOENT'], undefined, () => {
          renameSync(this.paths.archive(number, gz), temporary)
          doomed.push(temporary)
        })
      }
    }
    await Promise.all(doomed.map((path) => rm(path, { force: true })))
  }

  /** Numbers the archives 1.. without a gap. The order is right after every rename, so a crash is harmless. */
  renumber(): void {
    const upwards = this.archives.map((archive, i) => ({ archive, to: i + 1 })).filter(({ archive, to }) => to > archive.number)
    const downwards = this.archives.map((archive, i) => ({ archive, to: i + 1 })).filter(({ archive, to }) => to < archive.number)
    for (const { archive, to } of [...upwards.reverse(), ...downwards]) {
      const moved = unless(['ENOENT'], false, () => {
        renameSync(this.archivePath(archive), this.paths.archive(to, archive.gz))
        return true
      })
      archive.number = moved ? to : MISSING
    }
    for (const { from, to, number } of this.archives) if (number === MISSING) this.droppedBytes += to - from
    if (this.archives.some(({ number }) => number === MISSING)) {
      // Removed by hand: the ones after it move up.
      this.archives = this.archives.filter(({ number }) => number !== MISSING)
      this.unsaved = true
      this.renumber()
    }
  }

  reset(): void {
    this.life = ++lives
    this.archives = []
    this.base = this.end = this.droppedBytes = this.flushedAt = 0
    this.journal = null
    this.unsaved = this.rotating = this.missing = false
    this.inode = 0
  }

  /** Archive files on disk, newest first; a plain one whose compressed twin is complete is removed. */
  private archivesOnDisk(listed: readonly string[] | null = null): { number: number; gz: boolean }[] {
    const found = new Map<number, boolean>()
    for (const file of listed ?? unless(['ENOENT'], [], () => readdirSync(dirname(this.paths.live)))) {
      const archive = this.paths.archiveIn(file)
      if (archive !== null) found.set(archive.number, archive.gz || found.get(archive.number) === true)
    }
    for (const [number, gz] of found) if (gz) rmSync(this.paths.archive(number, false), { force: true })
    return [...found].map(([number, gz]) => ({ number, gz })).sort((a, b) => a.number - b.number)
  }

  private adoptMeta(meta: Meta, found: { number: number; gz: boolean }[]): void {
    this.base = meta.base
    this.droppedBytes = meta.droppedBytes
    this.flushedAt = meta.flushedAt
    this.journal = meta.journal
    // Under a journal, number 0 is its archive; without one, numbering was interrupted and order counts.
    const numbered = meta.journal ? found.filter(({ number }) => number > 0) : found
    const byOrder = numbered[0]?.number === 0
    const kept: Archive[] = []
    meta.archives.forEach(({ from, to }, i) => {
      const file = byOrder ? numbered[i] : numbered.find(({ number }) => number === i + 1)
      if (file) kept.push({ from, to, ...file })
      else this.droppedBytes += to - from
    })
    this.archives = kept
    const listed = new Set(kept.map(({ number }) => number))
    const excess = numbered.filter(({ number }) => !listed.has(number))
    for (const { number, gz } of excess) rmSync(this.paths.archive(number, gz), { force: true })
    if (!meta.journal) this.renumber()
  }

  /** Without a meta: sizes on disk, counted back from the end in the index. */
  private rebuild(found: { number: number; gz: boolean }[], indexedEnd: number | null): string | null {
    if (found.length === 0) return null
    const sizes = found.map(({ number, gz }) => unpackedSize(this.paths.archive(number, gz), gz))
    const live = fileStats(this.paths.live)?.size ?? 0
    const archived = sizes.reduce((sum, size) => sum + size, 0)
    this.base = Math.max(archived, (indexedEnd ?? 0) - live)
    let to = this.base
    this.archives = found.map((file, i) => {
      const from = to - sizes[i]!
      const archive = { from, to, ...file }
      to = from
      return archive
    })
    this.droppedBytes = this.archives.at(-1)?.from ?? 0
    this.unsaved = true
    this.renumber()
    return `the offsets of ${basename(this.paths.live)} were missing and were counted anew`
  }
}

/** Null when there is none, or it is not a regular file. */
function fileStats(path: string): Stats | null {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isFile() ? stats : null
}

/** gzip ends with the size modulo 4 GiB, far above any archive. */
function unpackedSize(path: string, gz: boolean): number {
  const { size } = statSync(path)
  if (!gz || size < 4) return gz ? 0 : size
  const file = openFileSync(path, 'r')
  try {
    const trailer = Buffer.alloc(4)
    readSync(file, trailer, 0, 4, size - 4)
    return trailer.readUInt32LE(0)
  } finally {
    closeSync(file)
  }
}
