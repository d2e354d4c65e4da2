/** Answers queries for log lines. */
import type { LogReadQuery } from '../../core/world-logs.ts'
import { formatSize } from '../../protocol/duration.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { type Cursor, decodeCursor, encodeCursor } from '../../protocol/log-cursor.ts'
import type { LogPage } from '../../protocol/requests.ts'
import { type Asked, closeAt, cursorBefore, endAt, firstOf } from './asked.ts'
import { BackwardLines, lineStartAt } from './backward.ts'
import { offsetAt } from './dating.ts'
import { createMatcher, type Matcher } from './match.ts'
import { continueWith, lineBreaks, type OpenSource, type Origin, openSources, readMerged, stretchOf } from './page.ts'
import { STREAMS, type StreamName } from './paths.ts'
import type { Bytes, LogsView } from './view.ts'

const DEFAULT_TAIL = 20

/** The logs of a name, with their sizes just checked. */
export type Look = (name: string) => LogsView

/** Without a cursor an unfinished last line is included, and repeated once complete. Throws USAGE, BAD_REQUEST, NOT_FOUND. */
export async function readLogs(reader: Bytes, look: Look, query: LogReadQuery): Promise<LogPage> {
  if (query.cursor !== undefined) return readOn(reader, look, query.cursor, query.max)
  const match = query.grep === undefined ? null : await createMatcher(query.grep)
  const asked = select(look, query)
  if (query.sinceMs !== undefined) {
    for (const source of asked) {
      source.wanted = Math.max(source.wanted, Math.min(source.hi, offsetAt(source.entries, source.stream, query.sinceMs)))
      source.from = Math.max(
        source.from,
        await lineStartAt(reader, source.log, Math.max(source.wanted, source.from), source.from),
      )
    }
  }
  if (query.before !== undefined) closeAt(asked, decodeCursor(query.before))
  if (query.untilMs !== undefined) for (const source of asked) await endAt(reader, source, query.untilMs)
  const whole = query.before === undefined && (query.sinceMs !== undefined || query.run !== undefined)
  const tail = query.tail ?? (whole ? undefined : DEFAULT_TAIL)
  if (tail === undefined) return page(reader, asked, match, query.grep, { unfinished: true, max: query.max })
  if (match) return tailMatching(reader, asked, match, query.grep, tail)
  const reached = await tailStarts(reader, asked, tail)
  return page(reader, asked, null, undefined, { unfinished: tail > 0, notices: reached })
}

async function readOn(reader: Bytes, look: Look, text: string, max: number | undefined): Promise<LogPage> {
  const cursor = decodeCursor(text)
  const match = cursor.grep === undefined ? null : await createMatcher(cursor.grep)
  return page(reader, sourcesAt(look, cursor), match, cursor.grep, { unfinished: false, max })
}

/** Continues from a cursor repeatedly without reading any byte twice. */
export class Continued {
  private readonly reader: Bytes
  private readonly look: Look
  private readonly match: Matcher | null
  private cursor: Cursor
  private open: OpenSource[] = []
  private asked: Asked[] = []

  private constructor(reader: Bytes, look: Look, cursor: Cursor, match: Matcher | null) {
    this.reader = reader
    this.look = look
    this.cursor = cursor
    this.match = match
  }

  static async open(reader: Bytes, look: Look, text: string): Promise<Continued> {
    const cursor = decodeCursor(text)
    return new Continued(reader, look, cursor, cursor.grep === undefined ? null : await createMatcher(cursor.grep))
  }

  /** `max`: lines, at most. */
  async next(max?: number): Promise<LogPage> {
    const asked = sourcesAt(this.look, this.cursor)
    const same =
      asked.length === this.asked.length &&
      asked.every((source, i) => source.log === this.asked[i]!.log && source.from === this.open[i]!.lines.resume)
    if (same) {
      asked.forEach((source, i) => {
        const opened = this.open[i]!
        opened.lines.extend({ hi: source.hi, closed: source.closed, breaks: lineBreaks(source) })
        continueWith(opened, source)
      })
    } else {
      this.open = openSources(this.reader, asked, this.match)
    }
    this.asked = asked
    const got = await readPage(asked, this.open, this.cursor.grep, { unfinished: false, max })
    this.cursor = decodeCursor(got.cursor)
    return got
  }
}

/** The streams that a query names, as far back as they go. */
function select(look: Look, query: LogReadQuery): Asked[] {
  const wantedStreams = STREAMS.filter((stream) => query.stream === 'both' || query.stream === stream)
  const asked: Asked[] = []
  let known = query.run === undefined
  for (const name of new Set(query.names)) {
    const logs = look(name)
    const entries = logs.entriesFrom({ out: 0, err: 0 })
    const bounds = query.run === undefined ? null : runBounds(entries, query.run)
    if (query.run !== undefined && !bounds) continue
    known = true
    for (const stream of wantedStreams) {
      const log = logs.streams[stream]
      // Several processes may write to one file.
      if (bounds === null && asked.some((each) => each.log.life === log.life)) continue
      const lo = bounds ? bounds.from[stream] : 0
      const to = bounds?.to ? bounds.to[stream] : null
      asked.push(source(logs, stream, entries, Math.max(lo, Math.min(log.oldest, to ?? log.end)), to, lo))
    }
  }
  if (!known) {
    throw new PtrackError('NOT_FOUND', `cannot read the logs of ${query.names.join(', ')}: run ${query.run} is not in them`, {
      hint: 'leave the run out, or count back from the last one: -1, -2 ...',
    })
  }
  return asked
}

function sourcesAt(look: Look, cursor: Cursor): Asked[] {
  return cursor.at.flatMap(({ name, ...positions }) => {
    const logs = look(name)
    const entries = logs.entriesFrom({ out: positions.out?.[0] ?? null, err: positions.err?.[0] ?? null })
    return STREAMS.flatMap((stream) => {
      const position = positions[stream]
      if (!position) return []
      const log = logs.streams[stream]
      const [at, to] = position
      // Past the end: the logs were removed and began anew under this name.
      const from = at > log.end ? log.oldest : Math.max(at, Math.min(log.oldest, to ?? log.end))
      return [source(logs, stream, entries, from, to, at > log.end ? from : at)]
    })
  })
}

function source(
  logs: LogsView,
  stream: StreamName,
  entries: Asked['entries'],
  from: number,
  to: number | null,
  wanted: number,
): Asked {
  const log = logs.streams[stream]
  const hi = to === null ? log.end : Math.min(to, log.end)
  const closed = to !== null || !logs.live
  return { logs, name: logs.name, stream, log, entries, from, hi, to, wanted, lowest: Math.max(from, log.oldest), closed }
}

interface Bounds {
  from: Record<StreamName, number>
  to: Record<StreamName, number> | null
}

export function runBounds(entries: Asked['entries'], run: number): Bounds | null {
  const starts = entries.filter((entry) => entry.run !== undefined)
  const i = run < 0 ? starts.length + run : starts.findLastIndex((entry) => entry.run === run)
  const start = starts[i]
  return start ? { from: start, to: starts[i + 1] ?? null } : null
}

/** Moves each source's start so that together they hold the last `count` lines. @returns notices */
async function tailStarts(reader: Bytes, asked: Asked[], count: number): Promise<boolean> {
  const open = asked.map((source) => {
    const breaks = lineBreaks(source)
    const lines = new BackwardLines(reader, source.log, { lo: source.from, hi: source.hi }, breaks, count)
    return { source, lines, end: source.hi, start: source.hi, time: 0, timeFrom: Number.POSITIVE_INFINITY }
  })
  let left = count
  for (; left > 0; left--) {
    let last: (typeof open)[number] | null = null
    let lastTime = 0
    let lastStart = 0
    for (const opened of open) {
      const at = opened.lines.peekNow()
      const start = at === undefined ? await opened.lines.peek() : at
      if (start === null) continue
      // Backwards, a stretch is left at its lower end, which only its neighbour knows.
      if (opened.end !== opened.timeFrom) {
        opened.time = stretchOf(opened.source, opened.end).at ?? 0
        opened.timeFrom = opened.end
      }
      const { time } = opened
      // At equal times the later stream comes last, as in reading forwards.
      if (last === null || time >= lastTime) {
        last = opened
        lastTime = time
        lastStart = start
      }
    }
    if (last === null) break
    last.lines.take()
    last.start = lastStart
    last.end = lastStart
  }
  for (const { source, start } of open) source.from = start
  return left > 0
}

/** The last `count` matching lines: reads ever larger windows until there are enough. */
async function tailMatching(
  reader: Bytes,
  asked: Asked[],
  match: Matcher,
  grep: string | undefined,
  count: number,
): Promise<LogPage> {
  const starts = asked.map(({ from }) => from)
  for (let window = Math.max(1000, count * 10); ; window *= 8) {
    asked.forEach((source, i) => {
      source.from = starts[i]!
    })
    const all = await tailStarts(reader, asked, window)
    const lines: LogPage['lines'] = []
    const origins: Origin[] = []
    let current = asked
    for (;;) {
      const got = await page(reader, current, match, grep, { unfinished: true, notices: all, origins })
      lines.push(...got.lines)
      if (lines.length > count) {
        const surplus = lines.length - Math.min(count, limits.logPageLines)
        for (const list of [lines, origins]) list.splice(0, surplus)
      }
      if (!got.more) {
        if (!all && lines.length < count) break
        const kept = lastWithin(lines)
        const before = cursorBefore(
          asked,
          all && kept.length < count ? starts : firstOf(asked, origins.slice(-kept.length || undefined)),
        )
        return { ...got, lines: kept, before, more: false }
      }
      const next = decodeCursor(got.cursor)
      current = current.map((source) => ({
        ...source,
        from: next.at.find(({ name }) => name === source.name)?.[source.stream]?.[0] ?? source.from,
      }))
    }
  }
}

function lastWithin(lines: LogPage['lines']): LogPage['lines'] {
  let bytes = 0
  const i = lines.findLastIndex((line) => {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1
    return bytes > 700 * 1024
  })
  return lines.slice(i + 1)
}

interface PageWish {
  unfinished: boolean
  /** False when the page does not go back as far as asked: then nothing is missing before it. */
  notices?: boolean
  /** Lines, at most. */
  max?: number | undefined
  /** Where the origin of each line is put. */
  origins?: Origin[]
}

const page = (reader: Bytes, asked: Asked[], match: Matcher | null, grep: string | undefined, wish: PageWish): Promise<LogPage> =>
  readPage(asked, openSources(reader, asked, match), grep, wish)

async function readPage(asked: Asked[], open: OpenSource[], grep: string | undefined, wish: PageWish): Promise<LogPage> {
  const merged = await readMerged(open, {
    unfinished: wish.unfinished,
    maxLines: Math.min(limits.logPageLines, wish.max ?? limits.logPageLines),
    origins: wish.origins,
  })
  const at = new Map<string, Cursor['at'][number]>()
  asked.forEach((source, i) => {
    const entry = at.get(source.name) ?? { name: source.name }
    entry[source.stream] = [merged.resume[i]!, source.to]
    at.set(source.name, entry)
  })
  const cursor = encodeCursor({ v: 1, ...(grep === undefined ? {} : { grep }), at: [...at.values()] })
  const notices = asked.flatMap((source, i) => noticesOf(source, merged.resume[i]!, wish.notices ?? true))
  if (merged.missing > 0) notices.push(`${formatSize(merged.missing)} are missing: an archive was removed or cannot be read`)
  const before = cursorBefore(
    asked,
    asked.map(({ from }) => from),
  )
  return { lines: merged.lines, cursor, before, more: merged.more, notices }
}

/** @param reachedStart whether the page goes back as far as asked. */
function noticesOf({ log, stream, name, entries, from, wanted }: Asked, resume: number, reachedStart: boolean): string[] {
  const notices: string[] = []
  const which = `${name} ${stream}`
  const lost = log.oldest - Math.max(wanted, log.flushedAt)
  if (reachedStart && lost > 0 && from <= log.oldest)
    notices.push(`${which}: ${formatSize(lost)} before this point were rotated away`)
  for (const entry of entries) {
    if (entry.cut === stream && entry[stream] >= from && entry[stream] < resume) {
      notices.push(`${which}: the program emptied its log at ${new Date(entry.t).toISOString()}`)
    }
  }
  return notices
}
