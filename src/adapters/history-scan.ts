/** Reads the history newest first, in blocks from the end of each month's file, in constant memory. */
import { type FileHandle, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HistoryRow } from '../protocol/history.ts'
import { parseJson } from '../protocol/json.ts'
import { ENDED_STATUSES } from '../protocol/names.ts'
import { hasCode } from './errno.ts'
import { openFile } from './regular-file.ts'

const BLOCK = 256 * 1024
/** A longer line is not ours; it is skipped without being held. */
const LONGEST_LINE = 1024 * 1024
/** Rows are in the order of their appending; a clock that was set back may have mixed them by this much. */
const DISORDER_MS = 3_600_000

export const keyOf = ({ id, runId }: Pick<HistoryRow, 'id' | 'runId'>): string => `${id} ${runId}`

export const monthOf = (row: HistoryRow): string => row.endedAt.slice(0, 7)

export interface HistoryScan {
  dir: string
  sinceMs?: number | undefined
  /** `YYYY-MM:OFFSET`: where the last line of the previous page starts. */
  cursor?: string | undefined
  /** Not on disk yet; newer than everything there. */
  unwritten: readonly HistoryRow[]
  /** Called before a month is read: makes each run unique in it, or answers false. */
  dedupe(month: string): Promise<boolean>
}

export async function scanHistory(
  { dir, sinceMs, cursor, unwritten, dedupe }: HistoryScan,
  onRow: (row: HistoryRow, cursor: string) => boolean,
): Promise<{ unreadable: number }> {
  const from = cursor === undefined ? null : /^(\d{4}-\d{2}):(\d{1,15})$/.exec(cursor)
  const months = (await monthsIn(dir)).filter((month) => from === null || month <= from[1]!)
  const wanted = (row: HistoryRow): boolean => sinceMs === undefined || Date.parse(row.endedAt) >= sinceMs
  let unreadable = 0
  // A cursor means a row on disk; only older ones follow.
  if (from === null)
    for (const row of unwritten.toReversed())
      if (wanted(row) && !onRow(row, `${monthOf(row)}:${Number.MAX_SAFE_INTEGER}`)) return { unreadable }
  const sinceMonth = sinceMs === undefined ? '' : new Date(sinceMs - DISORDER_MS).toISOString().slice(0, 7)
  for (const month of months) {
    if (month < sinceMonth) break
    let proceed = true
    // Where duplicates cannot be removed from the file, they are skipped.
    const met = (await dedupe(month)) ? null : new Set<string>()
    const end = from !== null && month === from[1] ? Number(from[2]) : null
    await linesBackward(join(dir, `${month}.jsonl`), end, (line, start) => {
      const row = line === null ? null : parseRow(line)
      if (row === null) {
        unreadable++
        return true
      }
      if (met?.has(keyOf(row))) return true
      met?.add(keyOf(row))
      if (sinceMs !== undefined && Date.parse(row.endedAt) < sinceMs - DISORDER_MS) proceed = false
      else if (wanted(row)) proceed = onRow(row, `${month}:${start}`)
      return proceed
    })
    if (!proceed) break
  }
  return { unreadable }
}

/** Newest first. */
export async function monthsIn(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir)
    return names
      .filter((name) => /^\d{4}-\d{2}\.jsonl$/.test(name))
      .map((name) => name.slice(0, 7))
      .sort()
      .reverse()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Each line that ends before `end` (null = end of the file), last one first; null for one that is too long. */
export async function linesBackward(
  file: string,
  end: number | null,
  onLine: (line: string | null, start: number) => boolean,
): Promise<void> {
  let handle: FileHandle
  try {
    handle = await openFile(file, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  try {
    const { size } = await handle.stat()
    let position = Math.min(end ?? size, size)
    // Bytes of a line whose start has not been read yet, earliest block first; held = their number.
    let pieces: Buffer[] = []
    let held = 0
    const take = (bytes: Buffer, start: number): boolean => {
      const whole = held + bytes.length <= LONGEST_LINE ? Buffer.concat([bytes, ...pieces]).toString('utf8') : null
      const empty = held + bytes.length === 0
      pieces = []
      held = 0
      return empty || onLine(whole, start)
    }
    while (position > 0) {
      const from = Math.max(0, position - BLOCK)
      const block = Buffer.alloc(position - from)
      const { bytesRead } = await handle.read(block, 0, block.length, from)
      let stop = bytesRead
      for (
        let newline = block.lastIndexOf(10, stop - 1);
        newline >= 0;
        newline = stop > 0 ? block.lastIndexOf(10, stop - 1) : -1
      ) {
        if (!take(block.subarray(newline + 1, stop), from + newline + 1)) return
        stop = newline
      }
      if (stop > 0) {
        if (held + stop <= LONGEST_LINE) pieces.unshift(block.subarray(0, stop))
        else pieces = []
        held += stop
      }
      position = from
    }
    if (held > 0) take(Buffer.alloc(0), 0)
  } finally {
    await handle.close()
  }
}

const outcomes: ReadonlySet<unknown> = new Set(ENDED_STATUSES)

/** By hand: one `stats` may parse a million rows. Fields of later versions are kept. */
export function parseRow(line: string): HistoryRow | null {
  const value = parseJson(line)
  if (typeof value !== 'object' || value === null) return null
  const row = value as Partial<HistoryRow>
  const ok =
    typeof row.id === 'string' &&
    typeof row.name === 'string' &&
    typeof row.type === 'string' &&
    typeof row.owner === 'string' &&
    typeof row.kind === 'string' &&
    Array.isArray(row.tags) &&
    typeof row.run === 'number' &&
    typeof row.runId === 'string' &&
    outcomes.has(row.outcome) &&
    typeof row.durationMs === 'number' &&
    typeof row.endedAt === 'string' &&
    Number.isFinite(Date.parse(row.endedAt))
  return ok ? (row as HistoryRow) : null
}
