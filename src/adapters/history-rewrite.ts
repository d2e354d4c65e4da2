/** Rewrites a month of history without some rows; the rest is copied byte for byte, and a whole file exists at every instant. */
import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { HistoryRow } from '../protocol/history.ts'
import { hasCode } from './errno.ts'
import { keyOf, linesBackward, parseRow } from './history-scan.ts'
import { openFile } from './regular-file.ts'
import { type FileLine, linesOf } from './results/rows.ts'
import { removeIfThere, replaceFile, temporaryName, WRITE_SLICE } from './state/atomic-file.ts'
import { realFileSystem } from './state/file-system.ts'

/** A duplicate of a run from the last moments of a month may be in the next one. */
const MONTH_END_MS = 3_600_000

interface Cut {
  start: number
  end: number
  put: Buffer | null
}

/** Every row, oldest first; null for an unreadable line. */
async function forEachRow(file: FileHandle, onRow: (row: HistoryRow | null, line: FileLine) => void): Promise<void> {
  const { size } = await file.stat()
  for await (const line of linesOf(file, 0, size))
    onRow(line.bytes === null || !line.whole ? null : parseRow(line.bytes.toString('utf8')), line)
}

async function opened<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T | null> {
  let file: FileHandle
  try {
    file = await openFile(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

export async function forEachRowOf(dir: string, month: string, onRow: (row: HistoryRow) => void): Promise<void> {
  await opened(join(dir, `${month}.jsonl`), (file) => forEachRow(file, (row) => row !== null && onRow(row)))
}

function* kept(fd: number, size: number, cuts: readonly Cut[]): Iterable<Uint8Array> {
  let at = 0
  for (const { start, end, put } of [...cuts, { start: size, end: size, put: null }]) {
    while (at < start) {
      const slice = Buffer.alloc(Math.min(WRITE_SLICE, start - at))
      const read = readSync(fd, slice, 0, slice.length, at)
      if (read === 0) break
      yield slice.subarray(0, read)
      at += read
    }
    if (put !== null) yield put
    at = end
  }
}

/** Keys of the runs in the last moments of the month before. */
async function endOfMonthBefore(dir: string, month: string): Promise<Set<string>> {
  const firstMs = Date.parse(`${month}-01T00:00:00.000Z`)
  const before = new Date(firstMs - 1).toISOString().slice(0, 7)
  const keys = new Set<string>()
  await linesBackward(join(dir, `${before}.jsonl`), null, (line) => {
    const row = line === null ? null : parseRow(line)
    if (row !== null) keys.add(keyOf(row))
    return row === null || Date.parse(row.endedAt) >= firstMs - MONTH_END_MS
  })
  return keys
}

/** The position of a run's row, and the highest count of results in any of its rows. */
interface Place {
  start: number
  end: number
  results: number
}

function withResults(fd: number, { start, end, results }: Place): Cut {
  const bytes = Buffer.alloc(end - start)
  readSync(fd, bytes, 0, bytes.length, start)
  return { start, end, put: Buffer.from(`${JSON.stringify({ ...parseRow(bytes.toString('utf8')), results })}\n`) }
}

/** Removes duplicate rows, keeping the old file under `aside`; the row that stays gets the highest count of results. */
export async function removeDoubles(dir: string, month: string, aside: string): Promise<number> {
  const path = join(dir, `${month}.jsonl`)
  // Left by a daemon that was killed while writing.
  await removeIfThere(realFileSystem, temporaryName(path))
  const removed = await opened(path, async (file) => {
    const first = new Map<string, Place | null>()
    for (const key of await endOfMonthBefore(dir, month)) first.set(key, null)
    const doubles: Cut[] = []
    const corrected = new Set<Place>()
    await forEachRow(file, (row, { start, end }) => {
      if (row === null) return
      const known = first.get(keyOf(row))
      if (known === undefined) {
        first.set(keyOf(row), { start, end, results: row.results })
        return
      }
      doubles.push({ start, end, put: null })
      if (known === null || row.results <= known.results) return
      known.results = row.results
      corrected.add(known)
    })
    if (doubles.length === 0) return 0
    const cuts = [...doubles, ...[...corrected].map((place) => withResults(file.fd, place))].sort((a, b) => a.start - b.start)
    const { size } = await file.stat()
    await replaceFile(realFileSystem, path, kept(file.fd, size, cuts), { previous: join(dir, aside) })
    return doubles.length
  })
  return removed ?? 0
}

/** Removes the rows that `goes` selects, and the file when none is left. Answers how many. */
export async function removeRows(dir: string, month: string, goes: (row: HistoryRow) => boolean): Promise<number> {
  const path = join(dir, `${month}.jsonl`)
  const removed = await opened(path, async (file) => {
    const cuts: Cut[] = []
    let left = 0
    await forEachRow(file, (row, { start, end }) => {
      if (row !== null && goes(row)) cuts.push({ start, end, put: null })
      else left++
    })
    if (cuts.length === 0) return 0
    if (left === 0) await realFileSystem.unlink(path)
    else await replaceFile(realFileSystem, path, kept(file.fd, (await file.stat()).size, cuts))
    return cuts.length
  })
  return removed ?? 0
}
