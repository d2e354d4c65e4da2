/** How much somebody has to read for a query, told without reading: what is more than a little is read outside the daemon. */
import type { LogReadQuery } from '../../core/world-logs.ts'
import { decodeCursor } from './cursor.ts'
import { STREAMS } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import type { LogStream } from './stream.ts'

/** A process costs 40 ms of CPU to start; that is what the daemon takes for about as much. */
export const LITTLE_BYTES = 256 * 1024
/** Long for a line of a log. */
const LINE_BYTES = 256

/** Whose logs a query is about. Throws BAD_REQUEST for a damaged cursor. */
export const namesOf = (query: LogReadQuery): string[] =>
  query.cursor === undefined ? [...new Set(query.names)] : decodeCursor(query.cursor).at.map(({ name }) => name)

/** In bytes, about; never less than it will be by more than the last growth of a log. */
export function weigh(look: (name: string) => ProcessLogs, query: LogReadQuery): number {
  if (query.cursor !== undefined) return weighCursor(look, query.cursor)
  let sum = 0
  for (const name of namesOf(query)) {
    const logs = look(name)
    for (const stream of STREAMS) {
      if (query.stream !== 'both' && query.stream !== stream) continue
      const log = logs.streams[stream]
      sum += query.grep === undefined ? Math.min(tailOf(log, query), span(logs, log, query)) : span(logs, log, query)
    }
  }
  return sum
}

function weighCursor(look: (name: string) => ProcessLogs, cursor: string): number {
  let sum = 0
  for (const { name, ...positions } of decodeCursor(cursor).at) {
    const { streams } = look(name)
    for (const stream of STREAMS) {
      const position = positions[stream]
      if (!position) continue
      const { end, oldest, archives } = streams[stream]
      // Behind the end: the log began anew.
      const from = position[0] > end ? oldest : Math.max(oldest, position[0])
      const to = Math.min(end, position[1] ?? end)
      const archive = archives.findLast((each) => each.to > from)
      // A compressed one is read from its start.
      if (from < to) sum += to - (archive?.gz ? archive.from : from)
    }
  }
  return sum
}

/** What the last lines take; all there is where they may reach into an archive, which is read from its start. */
function tailOf(log: LogStream, { tail, sinceMs, run }: LogReadQuery): number {
  if (tail === undefined && (sinceMs !== undefined || run !== undefined)) return Number.POSITIVE_INFINITY
  const bytes = (tail ?? 20) * LINE_BYTES
  return bytes <= log.liveBytes || log.archives.length === 0 ? bytes : Number.POSITIVE_INFINITY
}

/** What was written since the time, or in the last run, as far as the newest entries tell. */
function span(logs: ProcessLogs, log: LogStream, { sinceMs, run }: LogReadQuery): number {
  const all = log.end - log.oldest
  const { lastRun } = logs
  const { recent } = logs.index
  const since = sinceMs === undefined ? undefined : recent.findLast(({ t }) => t < sinceMs)
  const sinceBytes = since === undefined ? all : log.end - since[log.stream]
  const isLast = run !== undefined && lastRun !== null && (run === -1 || run === lastRun.run)
  const runBytes = isLast ? log.end - lastRun[log.stream] : all
  return Math.min(all, sinceBytes, runBytes)
}
