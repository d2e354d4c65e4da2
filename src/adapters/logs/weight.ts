/** Estimates how much a query reads, without reading: large ones are read outside the daemon. */
import type { LogReadQuery } from '../../core/world-logs.ts'
import { decodeCursor } from '../../protocol/log-cursor.ts'
import { STREAMS, type StreamName } from './paths.ts'
import type { ProcessLogs } from './process-logs.ts'
import type { LogStream } from './stream.ts'

/** Starting a process costs 40 ms of CPU, which is what the daemon takes for about this much. */
export const LITTLE_BYTES = 256 * 1024
const LINE_BYTES = 256

/** Whose logs a query is about. Throws BAD_REQUEST for a damaged cursor. */
export const namesOf = (query: LogReadQuery): string[] =>
  query.cursor === undefined ? [...new Set(query.names)] : decodeCursor(query.cursor).at.map(({ name }) => name)

/** Bytes, estimated; too low by no more than the last growth of a log. */
export function weigh(look: (name: string) => ProcessLogs, query: LogReadQuery): number {
  if (query.cursor !== undefined) return weighCursor(look, query.cursor)
  let sum = 0
  for (const name of namesOf(query)) {
    const logs = look(name)
    for (const stream of STREAMS) {
      if (query.stream !== 'both' && query.stream !== stream) continue
      const log = logs.streams[stream]
      // Anywhere in the log, and so perhaps in an archive, which is read from its start.
      const isLast = query.grep === undefined && query.untilMs === undefined && query.before === undefined
      sum += isLast ? Math.min(tailOf(log, query), span(logs, stream, query)) : span(logs, stream, query)
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
      // Past the end: the log began anew.
      const from = position[0] > end ? oldest : Math.max(oldest, position[0])
      const to = Math.min(end, position[1] ?? end)
      const archive = archives.findLast((each) => each.to > from)
      // A compressed one is read from its start.
      if (from < to) sum += to - (archive?.gz ? archive.from : from)
    }
  }
  return sum
}

/** Size of the last lines; everything where they may reach into an archive, which is read from its start. */
function tailOf(log: LogStream, { tail, sinceMs, run }: LogReadQuery): number {
  if (tail === undefined && (sinceMs !== undefined || run !== undefined)) return Number.POSITIVE_INFINITY
  const bytes = (tail ?? 20) * LINE_BYTES
  return bytes <= log.liveBytes || log.archives.length === 0 ? bytes : Number.POSITIVE_INFINITY
}

/** What was written since a time or in the last run, according to the newest entries. */
function span(logs: ProcessLogs, stream: StreamName, { sinceMs, run }: LogReadQuery): number {
  const log = logs.streams[stream]
  const all = log.end - log.oldest
  const { lastRun } = logs
  const { recent } = logs.index
  const since = sinceMs === undefined ? undefined : recent.findLast(({ t }) => t < sinceMs)
  const sinceBytes = since === undefined ? all : log.end - since[stream]
  const isLast = run !== undefined && lastRun !== null && (run === -1 || run === lastRun.run)
  const runBytes = isLast ? log.end - lastRun[stream] : all
  return Math.min(all, sinceBytes, runBytes)
}
