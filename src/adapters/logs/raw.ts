/** A stream as bytes, from the start of a run or from an offset. */
import type { LogBytes } from '../../core/world-logs.ts'
import type { ByteReader } from './bytes.ts'
import type { StreamName } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import { runBounds } from './query.ts'

export interface RawPlace {
  run?: number | undefined
  from?: number | undefined
}

/** Up to `maxBytes`, and fewer where an archive ends. */
export async function readRaw(
  reader: ByteReader,
  logs: ProcessLogs,
  stream: StreamName,
  place: RawPlace,
  maxBytes: number,
): Promise<LogBytes> {
  const log = logs.streams[stream]
  const bounds = boundsOf(logs, stream, place)
  const asked = place.from ?? bounds.from
  // Past the end: the logs were removed and began anew under this name.
  const at = asked > log.end ? log.oldest : asked
  const to = Math.max(at, bounds.to === null ? log.end : Math.min(bounds.to, log.end))
  const piece = await reader.read(log, at, maxBytes, to)
  const from = piece?.offset ?? to
  const data = piece?.data ?? Buffer.alloc(0)
  // What was emptied on request does not count as lost.
  return { from, data, lost: Math.max(0, from - Math.max(at, log.flushedAt)), atEnd: from + data.length >= to }
}

/** Where the run starts and, when another follows, ends. */
export function boundsOf(logs: ProcessLogs, stream: StreamName, { run, from }: RawPlace): { from: number; to: number | null } {
  const log = logs.streams[stream]
  if (run === undefined) return { from: log.oldest, to: null }
  const entries = logs.entriesFrom({ out: stream === 'out' ? (from ?? 0) : null, err: stream === 'err' ? (from ?? 0) : null })
  const known = runBounds(entries, run)
  if (known) {
    const to = known.to?.[stream] ?? null
    // No reader goes beyond the end of its run: this run belongs to an earlier process of the name.
    return { from: known.from[stream], to: to !== null && from !== undefined && from > to ? null : to }
  }
  const later = entries.find((entry) => (entry.run ?? 0) > run)
  if (later) return { from: log.oldest, to: later[stream] }
  // Its start was lost with an earlier daemon: everything not dated yet is taken to be of it.
  const anyRun = entries.some((entry) => entry.run !== undefined)
  return { from: anyRun ? entries.at(-1)![stream] : log.oldest, to: null }
}
