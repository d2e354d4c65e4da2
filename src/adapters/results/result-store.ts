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

interface Lane {
  id: string
  file: ResultFile
  queue: Waiting[]
  /** One at a time: writes, reads that need a settled file, removal. */
  busy: Promise<void>
  pumping: boolean
  unsynced: boolean
  cancelSync: (() => void) | null
}

export function createResultStore({ dir, clock, log }: ResultStoreOptions): ResultStore {
  const lanes = new Map<string, Lane>()
  mkdirSync(dir, { recursive: true, mode: 0o700 })

  function laneOf(id: string): Lane {
    const known = lanes.get(id)
    if (known !== undefined) return known
    const lane: Lane = {
      id,
      file: new ResultFile(join(dir, `${id}.jsonl`)),
      queue: [],
      busy: Promise.resolve(),
      pumping: false,
      unsynced: false,
      cancelSync: null,
    }
    lanes.set(id, lane)
    forgetOldest()
    return lane
  }

  /** Lanes are in order of first use. */
  function forgetOldest(): void {
    for (const lane of lanes.values()) {
      if (lanes.size <= KNOWN_FILES) return
      if (!lane.pumping && lane.queue.length === 0 && !lane.file.isOpen) lanes.delete(lane.id)
    }
  }

  /** `inTurn` for reads: throws PtrackError FAILED where the file cannot be read. */
  async function readInTurn<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    try {
      return await inTurn(lane, work)
    } catch (cause) {
      if (!isErrno(cause)) throw cause
      const hint = errnoHint(cause, lane.file.path)
      throw new PtrackError('FAILED', `cannot read the results in ${lane.file.path}: ${errnoWords(cause)}`, { hint, cause })
    }
  }

  /** After pending work; a failure concerns only its caller. */
  function inTurn<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    const result = lane.busy.then(work)
    lane.busy = result.then(
      () => {},
      // Reported by `result`.
      () => {},
    )
    return result
  }

  function pump(lane: Lane): void {
    if (lane.pumping) return
    lane.pumping = true
    void inTurn(lane, () => drainQueue(lane)).finally(() => {
      lane.pumping = false
      if (lane.queue.length > 0) pump(lane)
    })
  }

  async function drainQueue(lane: Lane): Promise<void> {
    while (lane.queue.length > 0) {
      let group: Waiting[] = []
      try {
        await lane.file.settle()
        group = takeGroup(lane.queue)
        await writeGroup(lane, group)
      } catch (error) {
        // Rows keep their order: all that wait are refused together.
        const reason = isErrno(error)
          ? new PtrackError('STATE_WRITE_FAILED', `cannot save results: ${errnoWords(error)}`, {
              hint: errnoHint(error, dir),
              cause: error,
            })
          : error
        for (const waiting of [...group, ...lane.queue.splice(0)]) waiting.reject(reason)
      }
    }
  }

  async function writeGroup(lane: Lane, group: readonly Waiting[]): Promise<void> {
    const { file } = lane
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
      syncSoon(lane)
    }
    for (const [n, waiting] of group.entries()) waiting.resolve(outcomes[n]!)
  }

  function syncSoon(lane: Lane): void {
    lane.unsynced = true
    lane.cancelSync ??= clock.wakeAfter(SYNC_MS, () => {
      lane.cancelSync = null
      void inTurn(lane, () => rest(lane))
    })
  }

  /** Synced, and closed if nothing was added since the last time. */
  async function rest(lane: Lane): Promise<void> {
    if (!lane.unsynced) {
      await lane.file.close()
      return
    }
    await sync(lane)
    lane.cancelSync ??= clock.wakeAfter(SYNC_MS, () => {
      lane.cancelSync = null
      void inTurn(lane, () => rest(lane))
    })
  }

  async function sync(lane: Lane): Promise<void> {
    lane.unsynced = false
    try {
      await lane.file.sync()
    } catch (error) {
      if (!isErrno(error)) throw error
      log.error('results', `cannot make sure of ${lane.file.path}: ${errnoWords(error)}`, error)
    }
  }

  return {
    append(id, { at, run, attempt, row, origin }) {
      const rowJson = JSON.stringify(row)
      assert(Buffer.byteLength(rowJson) <= limits.resultBytes, 'larger rows are refused before they come here')
      const lane = laneOf(id)
      return new Promise((resolve, reject) => {
        lane.queue.push({ at, run, attempt, rowJson, origin, resolve, reject })
        pump(lane)
      })
    },

    read: (id, from, bounds) => {
      const lane = laneOf(id)
      return readInTurn(lane, async () => {
        const page = await lane.file.read(from, bounds)
        if (!lane.unsynced && lane.cancelSync === null) await lane.file.close()
        return { ...page, notices: [...lane.file.notices] }
      })
    },

    look: (id) => {
      const lane = laneOf(id)
      return readInTurn(lane, async () => {
        await lane.file.settle()
        if (!lane.unsynced && lane.cancelSync === null) await lane.file.close()
        return { rows: lane.file.last, scanned: lane.file.scanned, notices: [...lane.file.notices] }
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
      const lane = laneOf(id)
      return inTurn(lane, async () => {
        const rows = await lane.file.count(run)
        if (!lane.unsynced && lane.cancelSync === null) await lane.file.close()
        return rows
      })
    },

    sync: (id) => {
      const lane = lanes.get(id)
      return lane === undefined || (!lane.unsynced && lane.queue.length === 0) ? null : inTurn(lane, () => sync(lane))
    },

    remove: (id) => {
      const lane = laneOf(id)
      return inTurn(lane, async () => {
        lane.cancelSync?.()
        lane.cancelSync = null
        await lane.file.remove()
        lanes.delete(id)
      })
    },

    async close() {
      await Promise.all(
        [...lanes.values()].map(async (lane) => {
          lane.cancelSync?.()
          while (lane.pumping) await lane.busy
          await inTurn(lane, async () => {
            await sync(lane)
            await lane.file.close()
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
