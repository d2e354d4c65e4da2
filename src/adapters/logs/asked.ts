/** The sources of a query: where reading of each ends, and where a page of them begins. */
import { type Cursor, encodeCursor } from '../../protocol/log-cursor.ts'
import { lineStartAt } from './backward.ts'
import { endBefore } from './dating.ts'
import type { Origin, Source } from './page.ts'
import type { Bytes, LogsView } from './view.ts'

/** A source, and how far back it was asked for. */
export type Asked = Source & { logs: LogsView; to: number | null; wanted: number; lowest: number }

/** It ends there. */
function close(source: Asked, hi: number): void {
  source.hi = Math.max(source.from, Math.min(source.hi, hi))
  source.to = source.hi
  source.closed = true
}

export function closeAt(asked: readonly Asked[], { at }: Cursor): void {
  for (const source of asked) {
    const position = at.find(({ name }) => name === source.name)?.[source.stream]
    if (position) close(source, position[0])
  }
}

export async function endAt(reader: Bytes, source: Asked, untilMs: number): Promise<void> {
  const { entries, stream, log } = source
  const last = entries.at(-1)
  // Everything there was written before it.
  if ((last === undefined || last.t < untilMs) && (log.modifiedMs ?? 0) < untilMs) return
  const offset = endBefore(entries, stream, untilMs)
  close(source, await lineStartAt(reader, log, Math.max(source.from, Math.min(offset, source.hi)), source.from))
}

/** Where a page begins in each source, to end the one before it there; null = nothing is before it. */
export function cursorBefore(asked: readonly Asked[], starts: readonly number[]): string | null {
  if (asked.every(({ lowest }, i) => starts[i]! <= lowest)) return null
  const at = new Map<string, Cursor['at'][number]>()
  asked.forEach(({ name, stream }, i) => {
    const entry = at.get(name) ?? { name }
    entry[stream] = [starts[i]!, null]
    at.set(name, entry)
  })
  return encodeCursor({ v: 1, at: [...at.values()] })
}

/** Where the lines of each source begin. What it has before its end, but not among these, is before them all. */
export function firstOf(asked: readonly Asked[], origins: readonly Origin[]): number[] {
  const starts = asked.map(({ hi }) => hi)
  for (const { source, start } of origins) starts[source] = Math.min(starts[source]!, start)
  return starts
}
