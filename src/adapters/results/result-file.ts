/** The results file of one process: its content, where rows start, and appending after the last good one. */
import { fstatSync } from 'node:fs'
import { type FileHandle, unlink } from 'node:fs/promises'
import type { Appended, RowOrigin } from '../../core/world-jobs.ts'
import { type Attempts, LastAttempts } from '../../protocol/attempts.ts'
import type { ResultRow } from '../../protocol/history.ts'
import { limits } from '../../protocol/limits.ts'
import { hasCode } from '../errno.ts'
import { type OpenFlags, openFile } from '../regular-file.ts'
import { decodeRow, linesOf } from './rows.ts'

/** Every this many rows an offset is remembered, so that a page is found without reading from the start. */
const MARK_EVERY = 1000
/** Runs whose rows are counted in memory; an older one's are counted by reading. */
const COUNTED_RUNS = 100
/** Read for one answer at most when nothing matches. */
const SEARCH_BYTES = 8 * 1024 * 1024

export interface ReadBounds {
  maxRows: number
  maxBytes: number
  run?: number | undefined
  attempts?: Attempts | undefined
}

export interface ReadRows {
  rows: ResultRow[]
  next: number
  more: boolean
}

export interface NewRow {
  line: Buffer
  index: number
  run: number
  origin: RowOrigin | null
}

export class ResultFile {
  readonly path: string
  last = 0
  notices: string[] = []
  /** Up to where the log of this run has been turned into rows. */
  private source = { run: 0, out: 0, err: 0 }
  /** The last keys of a run, oldest first, with the index of their rows. */
  private keys = { run: 0, indices: new Map<string, number>() }
  /** Bytes known to be good. */
  private size = 0
  /** At our last access; another time means that somebody else wrote to it. */
  private mtimeMs = 0
  /** Rows of the last runs; `all` while none was dropped. */
  private counts = { all: true, byRun: new Map<number, number>() }
  /** Computed on demand, from the rows up to `end`. */
  private attempts = { end: 0, last: new LastAttempts() }
  private marks: { index: number; offset: number }[] = []
  private handle: FileHandle | null = null
  private loaded = false

  constructor(path: string) {
    this.path = path
  }

  get scanned(): { out: number; err: number } {
    return { out: this.source.out, err: this.source.err }
  }

  get isOpen(): boolean {
    return this.handle !== null
  }

  /** The outcome of a row taken from there before, or null. Offsets and keys of another run say nothing: both start over. */
  taken(run: number, origin: RowOrigin): Appended | null {
    if ('key' in origin) {
      const index = this.keys.run === run ? this.keys.indices.get(origin.key) : undefined
      return index === undefined ? null : { index, again: true }
    }
    return this.source.run === run && origin.next <= this.source[origin.stream] ? { index: null, again: true } : null
  }

  /** Reads a new or changed file: removes a torn last line, counts and skips invalid ones. Indices never go back. */
  async refresh(): Promise<void> {
    const file = await this.openExisting()
    if (this.loaded && this.isAsItWas(file)) return
    this.size = 0
    this.marks = []
    this.counts = { all: true, byRun: new Map() }
    this.attempts = { end: 0, last: new LastAttempts() }
    this.notices = []
    let last = 0
    this.loaded = true
    if (file === null) return
    let unreadable = 0
    let torn = false
    const { size, mtimeMs } = await file.stat()
    for await (const line of linesOf(file, 0, size)) {
      const row = line.bytes === null ? null : decodeRow(line.bytes)
      const fits = row !== null && row.index > last
      if (!line.whole) {
        torn = true
        break
      }
      this.size = line.end
      if (fits) {
        this.note(row.index, line.start, row.run, row.origin)
        last = row.index
      } else unreadable++
    }
    if (torn) {
      await file.truncate(this.size)
      this.notices.push('the last row was not written to its end and is gone')
    }
    if (unreadable > 0)
      this.notices.push(
        `${unreadable} ${unreadable === 1 ? 'line is' : 'lines are'} no readable results and left out (${this.path})`,
      )
    this.mtimeMs = torn ? fstatSync(file.fd).mtimeMs : mtimeMs
  }

  private isAsItWas(file: FileHandle | null): boolean {
    if (file === null) return this.size === 0
    const { size, mtimeMs } = fstatSync(file.fd)
    return size === this.size && (mtimeMs === this.mtimeMs || size === 0)
  }

  private note(index: number, offset: number, run: number, origin: RowOrigin | null): void {
    const mark = this.marks.at(-1)
    if (mark === undefined || index >= mark.index + MARK_EVERY) this.marks.push({ index, offset })
    this.last = Math.max(this.last, index)
    this.countOne(run)
    if (origin === null) return
    if ('key' in origin) return this.noteKey(index, run, origin.key)
    if (this.source.run !== run) this.source = { run, out: 0, err: 0 }
    this.source[origin.stream] = Math.max(this.source[origin.stream], origin.next)
  }

  private countOne(run: number): void {
    const { byRun } = this.counts
    byRun.set(run, (byRun.get(run) ?? 0) + 1)
    if (byRun.size <= COUNTED_RUNS) return
    byRun.delete(byRun.keys().next().value!)
    this.counts.all = false
  }

  async count(run: number): Promise<number> {
    await this.refresh()
    const known = this.counts.byRun.get(run)
    if (known !== undefined || this.counts.all || this.handle === null) return known ?? 0
    let rows = 0
    for await (const { bytes } of linesOf(this.handle, 0, this.size)) if (bytes !== null && decodeRow(bytes)?.run === run) rows++
    return rows
  }

  private noteKey(index: number, run: number, key: string): void {
    if (this.keys.run !== run) this.keys = { run, indices: new Map() }
    const { indices } = this.keys
    indices.set(key, index)
    if (indices.size > limits.resultKeys) indices.delete(indices.keys().next().value!)
  }

  /** All or none. Rejects with the errno error of the disk. */
  async write(rows: readonly NewRow[]): Promise<void> {
    const handle = await this.open('update')
    const bytes = Buffer.concat(rows.map(({ line }) => line))
    try {
      // A nearly full disk takes a part first and refuses the rest in the next call.
      for (let done = 0; done < bytes.length; )
        done += (await handle.write(bytes, done, bytes.length - done, this.size + done)).bytesWritten
    } catch (error) {
      await handle.truncate(this.size)
      this.mtimeMs = fstatSync(handle.fd).mtimeMs
      throw error
    }
    this.mtimeMs = fstatSync(handle.fd).mtimeMs
    let offset = this.size
    for (const { line, index, run, origin } of rows) {
      this.note(index, offset, run, origin)
      offset += line.length
    }
    this.size = offset
  }

  async sync(): Promise<void> {
    await this.handle?.datasync()
  }

  /** From all rows: only those added since the last time are read. */
  private async lastAttempts(file: FileHandle): Promise<LastAttempts> {
    const { attempts, size } = this
    for await (const { bytes } of linesOf(file, attempts.end, size)) {
      const row = bytes === null ? null : decodeRow(bytes)
      if (row !== null) attempts.last.note(row)
    }
    attempts.end = size
    return attempts.last
  }

  async read(from: number, { maxRows, maxBytes, run, attempts }: ReadBounds): Promise<ReadRows> {
    await this.refresh()
    const file = this.handle
    if (file === null || from > this.last) return { rows: [], next: from, more: false }
    const { size } = this
    const last = attempts === 'last' ? await this.lastAttempts(file) : null
    const start = this.marks.findLast((mark) => mark.index <= from)?.offset ?? 0
    const rows: ResultRow[] = []
    let next = from
    let bytes = 0
    for await (const line of linesOf(file, start, size)) {
      const row = line.bytes === null ? null : decodeRow(line.bytes)
      // A row out of order is not a row, as in `load`.
      if (row === null || row.index < next) continue
      const wanted = (run === undefined || row.run === run) && (last === null || last.has(row))
      const length = line.end - line.start
      if ((wanted && rows.length > 0 && bytes + length > maxBytes) || rows.length >= maxRows) return { rows, next, more: true }
      next = row.index + 1
      if (wanted) {
        rows.push({ index: row.index, at: row.at, run: row.run, attempt: row.attempt, row: row.row })
        bytes += length
      } else if (line.end - start > SEARCH_BYTES && line.end < size) return { rows, next, more: true }
    }
    return { rows, next, more: false }
  }

  async close(): Promise<void> {
    const { handle } = this
    this.handle = null
    await handle?.close()
  }

  async remove(): Promise<void> {
    await this.close()
    await unlink(this.path).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
  }

  /** Concurrent callers share it: a handle that is lost while open ends the daemon on newer Nodes. */
  private async open(flags: OpenFlags): Promise<FileHandle> {
    if (this.handle !== null) return this.handle
    const opened = await openFile(this.path, flags)
    const meanwhile = this.handle as FileHandle | null
    if (meanwhile === null) this.handle = opened
    else await opened.close()
    return meanwhile ?? opened
  }

  private async openExisting(): Promise<FileHandle | null> {
    // Unlinked meanwhile: another file may have its name.
    if (this.handle !== null && fstatSync(this.handle.fd).nlink === 0) await this.close()
    try {
      await this.open('r+')
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
    return this.handle
  }
}
