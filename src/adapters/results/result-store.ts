/** results/ID.jsonl, appended in groups. Written rows survive the daemon; an fsync follows within a second, or on request. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, DaemonLog } from '../../core/world.ts'
import type { Appended, ResultStore } from '../../core/world-jobs.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { errnoHint, errnoWords, isErrno, unlessAsync } from '../errno.ts'
import { type NewRow, ResultFile } from './result-file.ts'
import { encodeRow, type RowToWrite } from './rows.ts'

export interface ResultStoreOptions {
  dir: string
  clock: Clock
  log: DaemonLog
}

/** From the first unsynced row to the fsync; a file without further rows is then closed. */
const SYNC_MS = 1000
const GROUP_BYTES = 4 * 1024 * 1024
/** Files whose rows are counted and indexed in memory; others are read again. */
const KNOWN_FILES = 2000

interface Waiting extends RowToWrite {
  resolve(appended: Appended): void
  reject(error: unknown): void
}

interface Writer {
  id: string
  file: ResultFile
  queue: Waiting[]
  /** One at a time: writes, reads that need a checked file, removal. */
  busy: Promise<void>
  pumping: boolean
  unsynced: boolean
  cancelSync: (() => void) | null
}

export function createResultStore({ dir, clock, log }: ResultStoreOptions): ResultStore {
  const writers = new Map<string, Writer>()
  mkdirSync(dir, { recursive: true, mode: 0o700 })

  function writerOf(id: string): Writer {
    const known = writers.get(id)
    if (known !== undefined) return known
    const writer: Writer = {
      id,
      file: new ResultFile(join(dir, `${id}.jsonl`)),
      queue: [],
      busy: Promise.resolve(),
      pumping: false,
      unsynced: false,
      cancelSync: null,
    }
    writers.set(id, writer)
    forgetOldest()
    return writer
  }

  /** Lanes are in order of first use. */
  function forgetOldest(): void {
    for (const writer of writers.values()) {
      if (writers.size <= KNOWN_FILES) return
      if (!writer.pumping && writer.queue.length === 0 && !writer.file.isOpen) writers.delete(writer.id)
    }
  }

  /** `inTurn` for reads: throws PtrackError FAILED where the file cannot be read. */
  async function readInTurn<T>(writer: Writer, work: () => Promise<T>): Promise<T> {
    try {
      return await inTurn(writer, work)
    } catch (cause) {
      if (!isErrno(cause)) throw cause
      const hint = errnoHint(cause, writer.file.path)
      throw new PtrackError('FAILED', `cannot read the results in ${writer.file.path}: ${errnoWords(cause)}`, { hint, cause })
    }
  }

  /** After pending work; a failure concerns only its caller. */
  function inTurn<T>(writer: Writer, work: () => Promise<T>): Promise<T> {
    const result = writer.busy.then(work)
    writer.busy = result.then(
      () => {},
      // Reported by `result`.
      () => {},
    )
    return result
  }

  function pump(writer: Writer): void {
    if (writer.pumping) return
    writer.pumping = true
    void inTurn(writer, () => drainQueue(writer)).finally(() => {
      writer.pumping = false
      if (writer.queue.length > 0) pump(writer)
    })
  }

  async function drainQueue(writer: Writer): Promise<void> {
    while (writer.queue.length > 0) {
      let group: Waiting[] = []
      try {
        await writer.file.refresh()
        group = takeGroup(writer.queue)
        await writeGroup(writer, group)
      } catch (error) {
        // Rows keep their order: all that wait are refused together.
        const reason = isErrno(error)
          ? new PtrackError('STATE_WRITE_FAILED', `cannot save results: ${errnoWords(error)}`, {
              hint: errnoHint(error, dir),
              cause: error,
            })
          : error
        for (const waiting of [...group, ...writer.queue.splice(0)]) waiting.reject(reason)
      }
    }
  }

  async function writeGroup(writer: Writer, group: readonly Waiting[]): Promise<void> {
    const { file } = writer
    const rows: NewRow[] = []
    const keys = new Map<string, number>()
    const outcomes = group.map((waiting): Appended => {
      const { run, origin } = waiting
      const taken = origin === null ? null : file.taken(run, origin)
      if (taken !== null) return taken
      // A reconnected client may send a row again while its first copy waits here.
      const key = origin !== null && 'key' in origin ? `${run} ${origin.key}` : null
      const before = key === null ? undefined : keys.get(key)
      if (before !== undefined) return { index: before, again: true }
      const index = file.last + 1 + rows.length
      rows.push({ line: Buffer.from(encodeRow(index, waiting)), index, run, origin })
      if (key !== null) keys.set(key, index)
      return { index, again: false }
    })
    if (rows.length > 0) {
      await file.write(rows)
      syncSoon(writer)
    }
    for (const [n, waiting] of group.entries()) waiting.resolve(outcomes[n]!)
  }

  function syncSoon(writer: Writer): void {
    writer.unsynced = true
    writer.cancelSync ??= clock.wakeAfter(SYNC_MS, () => {
      writer.cancelSync = null
      void inTurn(writer, () => rest(writer))
    })
  }

  /** Synced, and closed if nothing was added since the last time. */
  async function rest(writer: Writer): Promise<void> {
    if (!writer.unsynced) {
      await writer.file.close()
      return
    }
    await sync(writer)
    writer.cancelSync ??= clock.wakeAfter(SYNC_MS, () => {
      writer.cancelSync = null
      void inTurn(writer, () => rest(writer))
    })
  }

  async function sync(writer: Writer): Promise<void> {
    writer.unsynced = false
    try {
      await writer.file.sync()
    } catch (error) {
      if (!isErrno(error)) throw error
      log.error('results', `cannot make sure of ${writer.file.path}: ${errnoWords(error)}`, error)
    }
  }

  return {
    append(id, { at, run, attempt, row, origin }) {
      const rowJson = JSON.stringify(row)
      assert(Buffer.byteLength(rowJson) <= limits.resultBytes, 'larger rows are refused before they come here')
      const writer = writerOf(id)
      return new Promise((resolve, reject) => {
        writer.queue.push({ at, run, attempt, rowJson, origin, resolve, reject })
        pump(writer)
      })
    },

    read: (id, from, bounds) => {
      const writer = writerOf(id)
      return readInTurn(writer, async () => {
        const page = await writer.file.read(from, bounds)
        if (!writer.unsynced && writer.cancelSync === null) await writer.file.close()
        return { ...page, notices: [...writer.file.notices] }
      })
    },

    look: (id) => {
      const writer = writerOf(id)
      return readInTurn(writer, async () => {
        await writer.file.refresh()
        if (!writer.unsynced && writer.cancelSync === null) await writer.file.close()
        return { rows: writer.file.last, scanned: writer.file.scanned, notices: [...writer.file.notices] }
      })
    },

    list: async () => {
      const sizes = new Map<string, number>()
      for (const name of await readdir(dir)) {
        const id = /^([^.].*)\.jsonl$/.exec(name)?.[1]
        if (id !== undefined) sizes.set(id, await unlessAsync(['ENOENT'], 0, async () => (await stat(join(dir, name))).size))
      }
      return sizes
    },

    count: (id, run) => {
      const writer = writerOf(id)
      return inTurn(writer, async () => {
        const rows = await writer.file.count(run)
        if (!writer.unsynced && writer.cancelSync === null) await writer.file.close()
        return rows
      })
    },

    sync: (id) => {
      const writer = writers.get(id)
      return writer === undefined || (!writer.unsynced && writer.queue.length === 0) ? null : inTurn(writer, () => sync(writer))
    },

    remove: (id) => {
      const writer = writerOf(id)
      return inTurn(writer, async () => {
        writer.cancelSync?.()
        writer.cancelSync = null
        await writer.file.remove()
        writers.delete(id)
      })
    },

    async close() {
      await Promise.all(
        [...writers.values()].map(async (writer) => {
          writer.cancelSync?.()
          while (writer.pumping) await writer.busy
          await inTurn(writer, async () => {
            await sync(writer)
            await writer.file.close()
          })
        }),
      )
    },
  }
}

/** One write's worth, and at least one. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const fits = queue.findIndex(({ rowJson }, n) => {
    bytes += rowJson.length
    return n > 0 && bytes > GROUP_BYTES
  })
  return queue.splice(0, fits === -1 ? queue.length : fits)
}
