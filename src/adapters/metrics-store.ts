/**
 * metrics.ring: what was measured, in fixed slots that are written again and again, so that it never grows. Not synced: a power
 * failure may cost the last seconds. A disk that refuses and a file that is not ours cost measurements, and are reported once.
 */
import { type FileHandle, rename } from 'node:fs/promises'
import { join } from 'node:path'
import {
  decodeSlot,
  encodeHeader,
  encodeSlot,
  HEADER_BYTES,
  isHeader,
  type MetricSample,
  RING_LEVELS,
  SLOT_BYTES,
  slotOffset,
} from '../core/metrics-ring.ts'
import type { DaemonLog } from '../core/world.ts'
import type { MetricsStore } from '../core/world-metrics.ts'
import { errnoHint, errnoWords, isErrno } from './errno.ts'
import { openFile } from './regular-file.ts'

export const METRICS_FILE = 'metrics.ring'

export interface MetricsStoreOptions {
  dir: string
  log: DaemonLog
  /** Called before each write. */
  check?: () => void
}

export function createMetricsStore({ dir, log, check = () => {} }: MetricsStoreOptions): MetricsStore {
  const file = join(dir, METRICS_FILE)
  let handle: FileHandle | null = null
  let failing: string | null = null
  let closed = false
  /** One after the other: opening, writing, closing. */
  let busy: Promise<unknown> = Promise.resolve()

  async function opened(): Promise<FileHandle> {
    if (handle !== null) return handle
    const found = await openFile(file, 'update')
    try {
      const header = Buffer.alloc(HEADER_BYTES)
      const { bytesRead } = await found.read(header, 0, HEADER_BYTES, 0)
      if (bytesRead === 0 || isHeader(header.subarray(0, bytesRead))) {
        if (bytesRead === 0) await found.write(encodeHeader(), 0, HEADER_BYTES, 0)
        handle = found
        return found
      }
    } catch (error) {
      await found.close()
      throw error
    }
    await found.close()
    const aside = `${file}.corrupt`
    await rename(file, aside)
    log.warn('metrics', `${file} is no file of measurements: they begin anew, and it is kept as ${aside}`)
    return opened()
  }

  /** Null if it failed, which is reported once. */
  async function attempt<T>(what: string, work: (file: FileHandle) => Promise<T>): Promise<T | null> {
    try {
      const result = await work(await opened())
      if (failing !== null && what === 'write') {
        log.info('metrics', 'measurements are kept again')
        failing = null
      }
      return result
    } catch (error) {
      if (!isErrno(error)) throw error
      // Another daemon, or a person, may have put another file in its place.
      await handle?.close().catch(() => undefined)
      handle = null
      const why = errnoWords(error)
      if (failing !== why) log.warn('metrics', `cannot ${what} measurements: ${why}; ${errnoHint(error, dir)}`)
      failing = why
      return null
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = busy.then(work)
    // The caller gets the failure; the next in turn is not affected.
    busy = result.catch(() => undefined)
    return result
  }

  return {
    write: (level, slot, samples) =>
      inTurn(async () => {
        if (closed) return
        check()
        const bytes = encodeSlot(slot, samples)
        await attempt('write', async (file) => {
          const { bytesWritten } = await file.write(bytes, 0, bytes.length, slotOffset(level, slot))
          // A disk that fills up may take a part: the slot does not fit its checksum then.
          if (bytesWritten < bytes.length)
            await file.write(bytes, bytesWritten, bytes.length - bytesWritten, slotOffset(level, slot) + bytesWritten)
        })
      }),
    read: (level, first, last) =>
      inTurn(async () => {
        const found = new Map<number, MetricSample[]>()
        if (closed) return found
        await attempt('read', async (file) => {
          const bytes = Buffer.alloc(SLOT_BYTES)
          for (let slot = Math.max(first, last - RING_LEVELS[level]!.slots + 1); slot <= last; slot++) {
            const { bytesRead } = await file.read(bytes, 0, SLOT_BYTES, slotOffset(level, slot))
            const samples = decodeSlot(slot, bytes.subarray(0, bytesRead))
            if (samples !== null) found.set(slot, samples)
          }
        })
        return found
      }),
    close: () =>
      inTurn(async () => {
        closed = true
        // A failure to write was reported when it was written.
        await handle?.close().catch(() => undefined)
        handle = null
      }),
  }
}
