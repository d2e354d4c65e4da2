/** One page of lines from several streams. */
import type { LogLine } from '../../protocol/view.ts'
import { closeTo, isContinuation, type Stretch, stretchAt } from './dating.ts'
import { ForwardLines } from './forward.ts'
import type { RawLine } from './lines.ts'
import type { Matcher } from './match.ts'
import type { StreamName } from './paths.ts'
import type { Entry } from './time-index.ts'
import type { Bytes, StreamView } from './view.ts'

/** The part of a stream that a query reads. */
export interface Source {
  name: string
  stream: StreamName
  log: StreamView
  entries: readonly Entry[]
  from: number
  hi: number
  /** Nothing more will be written before `hi`. */
  closed: boolean
}

export interface PageOptions {
  /** Include an unfinished last line; it is repeated once complete. */
  unfinished: boolean
  maxLines: number
  /** Where the origin of each line is put; absent where nobody asks, as it costs as much as a line. */
  origins?: Origin[] | undefined
}

/** Which source a line is of, and where it starts. */
export interface Origin {
  source: number
  start: number
}

export interface MergedPage {
  lines: LogLine[]
  resume: number[]
  more: boolean
  missing: number
}

/** Below one frame (1 MiB) with everything around the lines. */
const PAGE_BYTES = 700 * 1024
/** Read for one page at most; a search with rare hits comes in more, emptier pages. */
const SCAN_BYTES = 32 * 1024 * 1024

export interface OpenSource {
  source: Source
  starts: RunStart[]
  lines: ForwardLines
  dated: Dated
}

/** What applies to the present line and most of those after it. */
interface Dated {
  line: RawLine | null
  stretch: Stretch
  iso: string | null
  run: number | null
  runTo: number
}

export function openSources(reader: Bytes, sources: readonly Source[], match: Matcher | null): OpenSource[] {
  const chunkBytes = Math.min(256 * 1024, Math.max(8 * 1024, Math.floor((4 * 1024 * 1024) / Math.max(1, sources.length))))
  return sources.map((source) => {
    const starts = runStarts(source)
    const { from, hi, closed } = source
    const breaks = lineBreaks(source)
    const lines = new ForwardLines(reader, source.log, { from, hi, closed, breaks, chunkBytes, match })
    return { source, starts, lines, dated: { line: null, stretch: { at: null, to: -1 }, iso: null, run: null, runTo: -1 } }
  })
}

/** The source is known further: the next line is dated anew. */
export function continueWith(opened: OpenSource, source: Source): void {
  opened.source = source
  opened.starts = runStarts(source)
  opened.dated.stretch = { at: opened.dated.stretch.at, to: -1 }
  opened.dated.runTo = -1
}

/** Dates the next line. @returns epoch ms; 0 when unknown */
function date({ source, starts, dated }: OpenSource, line: RawLine): number {
  if (dated.line === line) return dated.stretch.at ?? 0
  if (line.end > dated.stretch.to) {
    const { entries, stream } = source
    const stretch = stretchAt(entries, stream, line.end, beyondOf(source))
    const continues = dated.line !== null && isContinuation(line.text) && closeTo(stretch.at, dated.stretch.at)
    if (!continues) {
      dated.iso = stretch.at === null ? null : new Date(stretch.at).toISOString()
      dated.stretch = stretch
    }
  }
  if (line.start >= dated.runTo) {
    const i = starts.findLastIndex(({ at }) => at <= line.start)
    dated.run = starts[i]?.run ?? null
    dated.runTo = starts[i + 1]?.at ?? Number.POSITIVE_INFINITY
  }
  dated.line = line
  return dated.stretch.at ?? 0
}

/** What JSON escapes; such a line is measured, not estimated. */
const ESCAPED = /[^ !#-[\]-~]/
const AROUND_LINE =
  JSON.stringify({ process: '', stream: 'out', at: new Date(0).toISOString(), run: 1_000_000_000, text: '', partial: true })
    .length + 1

/** Lines of all sources by time; within a stream always in written order. */
export async function readMerged(open: readonly OpenSource[], options: PageOptions): Promise<MergedPage> {
  const page: LogLine[] = []
  const { origins } = options
  const numbers = origins && new Map(open.map((opened, index) => [opened, index]))
  let bytes = 0
  let more = false
  const add = (opened: OpenSource, { text, start }: RawLine, partial = false): boolean => {
    const { source, dated } = opened
    const shown: LogLine = { process: source.name, stream: source.stream, at: dated.iso, run: dated.run, text }
    if (partial) shown.partial = true
    // Control characters take six bytes each in JSON, so the length of such a text says little.
    const cost = ESCAPED.test(text)
      ? Buffer.byteLength(JSON.stringify(shown)) + 1
      : text.length + source.name.length + AROUND_LINE
    if (page.length > 0 && (page.length >= options.maxLines || bytes + cost > PAGE_BYTES)) return false
    bytes += cost
    page.push(shown)
    origins?.push({ source: numbers!.get(opened)!, start })
    return true
  }
  const missingBefore = open.reduce((sum, { lines }) => sum + lines.missing, 0)
  const began = open.map(({ lines }) => lines.resume)
  for (const { lines } of open) lines.scanned = 0
  const scanned = (): number => open.reduce((sum, { lines }) => sum + lines.scanned, 0)

  merging: for (;;) {
    let first: OpenSource | null = null
    let firstTime = 0
    // Until this time the first source precedes all others; at equal times, those after it.
    let until = Number.POSITIVE_INFINITY
    let untilBehind = Number.POSITIVE_INFINITY
    for (const opened of open) {
      let line = opened.lines.peek()
      while (line === undefined) {
        // A single longer line is read in one go, or the next page would begin at the same place.
        if (scanned() > SCAN_BYTES && open.some(({ lines }, i) => lines.resume > began[i]!)) {
          more = true
          break merging
        }
        await opened.lines.fill()
        line = opened.lines.peek()
      }
      if (line === null) continue
      const time = date(opened, line)
      if (first === null || time < firstTime) {
        if (first !== null) until = Math.min(until, firstTime, untilBehind)
        untilBehind = Number.POSITIVE_INFINITY
        first = opened
        firstTime = time
      } else untilBehind = Math.min(untilBehind, time)
    }
    if (first === null) break
    let line = first.lines.peek()
    let time = firstTime
    while (line && time < until && time <= untilBehind) {
      if (!add(first, line)) {
        more = true
        break merging
      }
      first.lines.take()
      line = first.lines.peek()
      if (line) time = date(first, line)
    }
  }
  const resume = open.map(({ lines }) => lines.resume)
  if (options.unfinished && !more) {
    for (const opened of open) {
      const line = opened.lines.unfinished()
      if (!line) continue
      date(opened, line)
      add(opened, line, !opened.source.closed)
    }
  }
  return { lines: page, resume, more, missing: open.reduce((sum, { lines }) => sum + lines.missing, 0) - missingBefore }
}

/** Time of what follows the last entry, from the file. */
function beyondOf({ entries, log }: Source): number | null {
  const last = entries.at(-1)
  return log.modifiedMs === null ? (last?.t ?? null) : Math.max(last?.t ?? 0, Math.floor(log.modifiedMs))
}

export const stretchOf = (source: Source, end: number): Stretch => stretchAt(source.entries, source.stream, end, beyondOf(source))

export interface RunStart {
  run: number
  at: number
}

/** Where a line starts without a newline before it: at starts of runs, and where the program emptied its log. */
export function lineBreaks({ entries, stream }: Pick<Source, 'entries' | 'stream'>): number[] {
  return entries.filter((entry) => entry.run !== undefined || entry.cut === stream).map((entry) => entry[stream])
}

export function runStarts({ entries, stream }: Pick<Source, 'entries' | 'stream'>): RunStart[] {
  const starts: RunStart[] = []
  for (const entry of entries) if (entry.run !== undefined) starts.push({ run: entry.run, at: entry[stream] })
  return starts
}
