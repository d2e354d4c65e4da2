/** history/YYYY-MM.jsonl: a line per ended run, by month (UTC) of its end, in batches; kept in memory while the disk refuses. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, DaemonLog } from '../core/world.ts'
import type { HistoryStore } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { HistoryRow } from '../protocol/history.ts'
import { errnoHint, errnoWords, isErrno } from './errno.ts'
import { forEachRowOf, removeDoubles, removeRows } from './history-rewrite.ts'
import { monthOf, monthsIn, scanHistory } from './history-scan.ts'
import { openFile } from './regular-file.ts'

const GATHER_MS = 100
/** A power failure costs no more than this. */
const SYNC_MS = 1000
const RETRY_MS = 5000
/** While the disk refuses: some 5 MB. Beyond it the oldest are dropped, which is reported. */
const KEPT_ROWS = 10_000

interface Waiting {
  row: HistoryRow
  onSafe(): void
}

export interface HistoryStoreOptions {
  dir: string
  clock: Clock
  log: DaemonLog
  keptRows?: number
}

export function createHistoryStore({ dir, clock, log, keptRows = KEPT_ROWS }: HistoryStoreOptions): HistoryStore {
  let waiting: Waiting[] = []
  let dropped = 0
  let failing: string | null = null
  let writing: Promise<void> | null = null
  let cancelWrite: (() => void) | null = null
  let cancelSync: (() => void) | null = null
  /** Files with unsynced rows, and the callbacks waiting for the sync. */
  const unsynced = new Map<string, (() => void)[]>()
  /** Months known to be free of duplicates. */
  const deduped = new Set<string>()
  /** Months whose duplicates could not be removed. */
  const unsettled = new Set<string>()
  /** One at a time: appending to a file, and replacing it. */
  let busy: Promise<unknown> = Promise.resolve()
  let closed = false

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = busy.then(work)
    // The caller gets the failure; the next in turn is not affected.
    busy = result.catch(() => undefined)
    return result
  }

  function append(row: HistoryRow, onSafe: () => void = () => {}): void {
    waiting.push({ row, onSafe })
    if (waiting.length > keptRows) dropOldest()
    if (failing === null) schedule(GATHER_MS)
  }

  function dropOldest(): void {
    // Not one by one: removing the head of an array is expensive.
    const surplus = waiting.length - Math.floor(keptRows * 0.9)
    waiting = waiting.slice(surplus)
    if (dropped === 0) log.error('history', `more than ${keptRows} rows of history wait for the disk: the oldest are dropped`)
    dropped += surplus
  }

  function schedule(ms: number): void {
    if (closed || cancelWrite !== null) return
    cancelWrite = clock.wakeAfter(ms, () => {
      cancelWrite = null
      void write()
    })
  }

  function write(): Promise<void> {
    writing ??= writeWaiting().finally(() => {
      writing = null
      if (waiting.length > 0) schedule(failing === null ? GATHER_MS : RETRY_MS)
    })
    return writing
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const month = monthOf(waiting[0]!.row)
      const end = waiting.findIndex(({ row }) => monthOf(row) !== month)
      // Never `waiting` itself, which grows during the write.
      const batch = waiting.slice(0, end < 0 ? undefined : end)
      const file = join(dir, `${month}.jsonl`)
      const lines = batch.map(({ row }) => row)
      try {
        await inTurn(() => appendLines(dir, file, lines))
      } catch (error) {
        if (!isErrno(error)) throw error
        const why = errnoWords(error)
        if (failing !== why) log.error('history', `cannot write the history: ${why}; ${errnoHint(error, dir)}`, error)
        failing = why
        return
      }
      const written = new Set(batch)
      // Some may have been dropped, and others added, during the write.
      waiting = waiting.filter((each) => !written.has(each))
      unsynced.set(file, [...(unsynced.get(file) ?? []), ...batch.map(({ onSafe }) => onSafe)])
      if (failing !== null) log.info('history', `the history is written again${dropped > 0 ? `; ${dropped} rows were lost` : ''}`)
      failing = null
      dropped = 0
    }
    if (unsynced.size > 0 && !closed) cancelSync ??= clock.wakeAfter(SYNC_MS, () => void sync())
  }

  async function sync(): Promise<void> {
    cancelSync?.()
    cancelSync = null
    for (const [file, listeners] of [...unsynced]) {
      unsynced.delete(file)
      try {
        const handle = await openFile(file, 'r')
        await handle.sync().finally(() => handle.close())
        for (const onSafe of listeners) onSafe()
      } catch (error) {
        if (!isErrno(error)) throw error
        log.warn('history', `cannot make ${file} safe from a power failure: ${errnoWords(error)}`)
      }
    }
  }

  async function flush(): Promise<void> {
    cancelWrite?.()
    cancelWrite = null
    // A pending write may have begun before the newest row was added.
    if (writing !== null) await writing
    if (waiting.length > 0) await write()
  }

  async function dedupe(month: string): Promise<boolean> {
    if (deduped.has(month)) return true
    const aside = `${month}.jsonl.old-${new Date(clock.wall()).toISOString().replace(/[:.]/g, '-')}`
    try {
      const doubles = await inTurn(() => removeDoubles(dir, month, aside))
      if (doubles > 0)
        log.warn(
          'history',
          `${month}.jsonl had ${doubles} ${doubles === 1 ? 'row' : 'rows'} twice: repaired, and kept as ${aside}`,
        )
    } catch (error) {
      if (!isErrno(error)) throw error
      if (!unsettled.has(month)) log.warn('history', `cannot take doubles out of ${month}.jsonl yet: ${errnoWords(error)}`)
      unsettled.add(month)
      return false
    }
    deduped.add(month)
    return true
  }

  async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (!isErrno(cause)) throw cause
      throw new PtrackError('FAILED', `cannot ${what} the history: ${errnoWords(cause)}`, { hint: errnoHint(cause, dir), cause })
    }
  }

  return {
    append,
    flush,
    async scan(options, onRow) {
      await flush()
      return reading('read', () => scanHistory({ dir, ...options, unwritten: waiting.map(({ row }) => row), dedupe }, onRow))
    },
    async before(beforeMs) {
      await flush()
      return reading('read', async () => {
        const found = { oldestMs: Number.POSITIVE_INFINITY, withResults: new Set<string>() }
        for (const month of (await monthsIn(dir)).filter((each) => !isAfter(each, beforeMs)))
          await forEachRowOf(dir, month, (row) => {
            const endedMs = Date.parse(row.endedAt)
            found.oldestMs = Math.min(found.oldestMs, endedMs)
            if (endedMs < beforeMs && row.results > 0) found.withResults.add(row.id)
          })
        return found
      })
    },
    async removeBefore(beforeMs) {
      await flush()
      return reading('shorten', async () => {
        let removed = 0
        for (const month of (await monthsIn(dir)).filter((each) => !isAfter(each, beforeMs)))
          removed += await inTurn(() => removeRows(dir, month, (row) => Date.parse(row.endedAt) < beforeMs))
        return removed
      })
    },
    async close() {
      closed = true
      await flush()
      await sync()
    },
  }
}

const isAfter = (month: string, ms: number): boolean => Date.parse(`${month}-01T00:00:00.000Z`) >= ms

/** One write if the system takes it whole; a torn line is ended by a newline before the next rows. */
async function appendLines(dir: string, file: string, rows: readonly HistoryRow[]): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const handle = await openFile(file, 'a+')
  try {
    const { size } = await handle.stat()
    const torn = size > 0 && (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a
    const bytes = Buffer.from((torn ? '\n' : '') + rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    try {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
    } catch (error) {
      // All or nothing: the rows are retried as a whole and must not be duplicated.
      await handle.truncate(size)
      throw error
    }
  } finally {
    await handle.close()
  }
}
