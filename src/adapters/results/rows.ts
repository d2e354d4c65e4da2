/** Rows of results as lines of a file, read one by one in bounded memory, whatever is between them. */
import type { FileHandle } from 'node:fs/promises'
import type { RowOrigin } from '../../core/world-jobs.ts'
import type { ResultRow } from '../../protocol/history.ts'
import { parseJson } from '../../protocol/json.ts'
import { limits } from '../../protocol/limits.ts'

const NEWLINE = 0x0a
const CHUNK_BYTES = 256 * 1024
/** A row and its envelope; a longer line is not ours. */
const LINE_BYTES = limits.resultBytes + 1024

export interface StoredRow extends ResultRow {
  origin: RowOrigin | null
}

export interface RowToWrite {
  at: string
  run: number
  attempt: number | undefined
  rowJson: string
  origin: RowOrigin | null
}

/** The origin precedes the row, for readability. */
export function encodeRow(index: number, { at, run, attempt, origin, rowJson }: RowToWrite): string {
  const tried = attempt === undefined ? '' : `"attempt":${attempt},`
  return `{"index":${index},"at":${JSON.stringify(at)},"run":${run},${tried}${originJson(origin)}"row":${rowJson}}\n`
}

function originJson(origin: RowOrigin | null): string {
  if (origin === null) return ''
  return 'key' in origin ? `"key":${JSON.stringify(origin.key)},` : `"src":["${origin.stream}",${origin.next}],`
}

export function decodeRow(line: Buffer): StoredRow | null {
  const value = parseJson(line.toString('utf8'))
  if (typeof value !== 'object' || value === null) return null
  const { index, at, run, attempt, row, src, key } = value as Partial<ResultRow> & { src?: unknown; key?: unknown }
  if (!Number.isSafeInteger(index) || index! < 1 || typeof at !== 'string' || !Number.isSafeInteger(run) || row === undefined)
    return null
  const tried = Number.isSafeInteger(attempt) && attempt! >= 1 ? attempt! : null
  return { index: index!, at, run: run!, attempt: tried, row, origin: originOf(src, key) }
}

function originOf(src: unknown, key: unknown): RowOrigin | null {
  if (typeof key === 'string') return { key }
  if (!Array.isArray(src) || !Number.isSafeInteger(src[1])) return null
  return src[0] === 'out' || src[0] === 'err' ? { stream: src[0], next: src[1] } : null
}

export interface FileLine {
  /** Physical offset of its first byte, and after its newline. */
  start: number
  end: number
  /** Without the newline; null when longer than any row. */
  bytes: Buffer | null
  /** False for an unterminated last line. */
  whole: boolean
}

/** The lines of `[from, to)`; holds one chunk and one line. */
export async function* linesOf(file: FileHandle, from: number, to: number): AsyncGenerator<FileLine> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let held: Buffer[] = []
  let heldBytes = 0
  let start = from
  let at = from
  const hold = (bytes: Buffer): void => {
    heldBytes += bytes.length
    if (heldBytes <= LINE_BYTES) held.push(Buffer.from(bytes))
    else held = []
  }
  const take = (end: number, whole: boolean): FileLine => {
    const line = { start, end, bytes: heldBytes <= LINE_BYTES ? Buffer.concat(held) : null, whole }
    held = []
    heldBytes = 0
    start = end
    return line
  }
  while (at < to) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, to - at), at)
    if (bytesRead === 0) break
    let done = 0
    for (;;) {
      const newline = chunk.subarray(0, bytesRead).indexOf(NEWLINE, done)
      hold(chunk.subarray(done, newline === -1 ? bytesRead : newline))
      if (newline === -1) break
      done = newline + 1
      yield take(at + done, true)
    }
    at += bytesRead
  }
  if (at > start) yield take(at, false)
}
