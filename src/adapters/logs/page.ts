import type { LogLine } from '../../protocol/view.ts'
import type { ByteReader } from './bytes.ts'
import { ForwardLines } from './forward.ts'
import type { RawLine } from './lines.ts'
import type { Matcher } from './match.ts'
import type { StreamName } from './paths.ts'
import type { LogStream } from './stream.ts'
import { type Entry, timeAt } from './time-index.ts'

/** One stream as far as a query reads it. */
export interface Source {
  name: string
  stream: StreamName
  log: LogStream
  entries: readonly Entry[]
  from: number
  hi: number
  /** Nothing more will be written before `hi`. */
  closed: boolean
}

export interface PageOptions {
  /** Tell an unfinished last line that may still grow; it is told again when it is complete. */
  unfinished: boolean
  maxLines: number
}

export interface MergedPage {
  lines: LogLine[]
  /** Per source: where to go on. */
  resume: number[]
  more: boolean
  missing: number
}

/** Below one frame (1 MiB) with everything around the lines. */
const PAGE_BYTES = 700 * 1024
/** Read for one page at most; a search with rare hits comes in more, emptier pages. */
const SCAN_BYTES = 32 * 1024 * 1024

/** A source being read. */
export interface Lane {
  source: Source
  starts: RunStart[]
  lines: ForwardLines
}

export function openLanes(reader: ByteReader, sources: readonly Source[], match: Matcher | null): Lane[] {
  const chunkBytes = Math.min(256 * 1024, Math.max(8 * 1024, Math.floor((4 * 1024 * 1024) / Math.max(1, sources.length))))
  return sources.map((source) => {
    const starts = runStarts(source)
    const { from, hi, closed } = source
    const breaks = lineBreaks(source)
    return { source, starts, lines: new ForwardLines(reader, source.log, { from, hi, closed, breaks, chunkBytes, match }) }
  })
}

/** Lines of all lanes in the order of their times; inside a stream always in the order in which they were written. */
export async function readMerged(lanes: readonly Lane[], options: PageOptions): Promise<MergedPage> {
  const page: LogLine[] = []
  let bytes = 0
  let more = false
  const tell = (source: Source, starts: RunStart[], line: RawLine, time: number | null, partial = false): boolean => {
    const run = starts.findLast(({ at }) => at <= line.start)?.run ?? null
    const at = time === null ? null : new Date(time).toISOString()
    const told: LogLine = {
      process: source.name,
      stream: source.stream,
      at,
      run,
      text: line.text,
      ...(partial ? { partial: true as const } : {}),
    }
    // Control characters take six bytes each in JSON, so the length of the text says little.
    const cost = Buffer.byteLength(JSON.stringify(told)) + 1
    if (page.length > 0 && (page.length >= options.maxLines || bytes + cost > PAGE_BYTES)) return false
    bytes += cost
    page.push(told)
    return true
  }
  const missingBefore = lanes.reduce((sum, { lines }) => sum + lines.missing, 0)
  const began = lanes.map(({ lines }) => lines.resume)
  for (const { lines } of lanes) lines.scanned = 0
  const scanned = (): number => lanes.reduce((sum, { lines }) => sum + lines.scanned, 0)

  merging: for (;;) {
    let first: Lane | null = null
    let firstTime = 0
    for (const lane of lanes) {
      let line = lane.lines.peek()
      while (line === undefined) {
        // A single line longer than that is passed in one go, or the next page would begin where this one did.
        if (scanned() > SCAN_BYTES && lanes.some(({ lines }, i) => lines.resume > began[i]!)) {
          more = true
          break merging
        }
        await lane.lines.fill()
        line = lane.lines.peek()
      }
      if (line === null) continue
      const time = lineTime(lane.source, line) ?? 0
      if (first === null || time < firstTime) {
        first = lane
        firstTime = time
      }
    }
    if (first === null) break
    const line = first.lines.peek()!
    if (!tell(first.source, first.starts, line, lineTime(first.source, line))) {
      more = true
      break
    }
    first.lines.take()
  }
  const resume = lanes.map(({ lines }) => lines.resume)
  if (options.unfinished && !more) {
    for (const { source, starts, lines } of lanes) {
      const line = lines.unfinished()
      if (line) tell(source, starts, line, lineTime(source, line), !source.closed)
    }
  }
  return { lines: page, resume, more, missing: lanes.reduce((sum, { lines }) => sum + lines.missing, 0) - missingBefore }
}

/** Epoch ms at which the line was complete; null when that is not known. */
export function lineTime({ entries, stream, log }: Source, line: { end: number }): number | null {
  const last = entries.at(-1)
  const beyond = log.modifiedMs === null ? (last?.t ?? null) : Math.max(last?.t ?? 0, Math.floor(log.modifiedMs))
  return timeAt(entries, stream, line.end, beyond)
}

export interface RunStart {
  run: number
  at: number
}

/** Where a line starts although no newline stands before it: at starts of runs, and where the program emptied its log. */
export function lineBreaks({ entries, stream }: Pick<Source, 'entries' | 'stream'>): number[] {
  return entries.filter((entry) => entry.run !== undefined || entry.cut === stream).map((entry) => entry[stream])
}

export function runStarts({ entries, stream }: Pick<Source, 'entries' | 'stream'>): RunStart[] {
  const starts: RunStart[] = []
  for (const entry of entries) if (entry.run !== undefined) starts.push({ run: entry.run, at: entry[stream] })
  return starts
}
