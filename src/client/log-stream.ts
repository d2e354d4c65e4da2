/** Reads logs to their end and follows them by cursor: nothing lost, nothing twice. */
import { PtrackError } from '../protocol/errors.ts'
import type { LogPage, LogQuery } from '../protocol/requests.ts'
import type { LogLine } from '../protocol/view.ts'
import type { Client } from './client.ts'
import type { Reader } from './empty-home.ts'

export interface LogSink {
  /** A promise when the reader must catch up first. */
  lines(lines: readonly LogLine[]): Promise<void> | null
  notices(notices: readonly string[]): void
}

function take(sink: LogSink, page: Pick<LogPage, 'lines' | 'notices'>): Promise<void> | null {
  sink.notices(page.notices)
  return sink.lines(page.lines)
}

/** Skips unterminated lines: a reader that continues gets them whole. */
const wholeLines = (sink: LogSink): LogSink => ({ ...sink, lines: (lines) => sink.lines(lines.filter((line) => !line.partial)) })

export interface ReadOptions {
  /** The caller will continue from the cursor. */
  continues?: boolean
  /** Checked between pages: a program may have written more than anybody wants to see. */
  enough?: () => boolean
}

/** Pages until there is no more right now; returns the cursor after the last line. */
export async function readLogs(client: Reader, query: LogQuery, to: LogSink, options: ReadOptions = {}): Promise<string> {
  const sink = options.continues ? wholeLines(to) : to
  const { targets, stream, grep } = query
  let page = await client.request('logs.read', query)
  await take(sink, page)
  while (page.more && !options.enough?.()) {
    page = await client.request('logs.read', { targets, stream, grep, cursor: page.cursor })
    await take(sink, page)
  }
  return page.cursor
}

/** Passes on what is written from the cursor on, until `stop` or the end of the connection; `place.cursor` moves along. */
export async function followLogs(
  client: Client,
  place: { cursor: string },
  sink: LogSink,
  stop: Promise<unknown>,
): Promise<void> {
  const { follow } = await client.request('logs.follow', { cursor: place.cursor })
  let stopped = false
  const off = client.on('logs', (page) => {
    // Other follows of this connection, and pages that arrive after the end (read again from the cursor).
    if (stopped || page.follow !== follow) return
    const room = take(sink, page)
    place.cursor = page.cursor
    if (room === null) return
    // The daemon keeps what a slow reader has not taken: as a position in the file.
    client.pause()
    void room.then(() => client.resume())
  })
  const why = await Promise.race([stop.then(() => null), client.closed])
  stopped = true
  off()
  // Refused, as after a revoked token: reconnecting is useless.
  if (why !== null && !isAway(why)) throw why
}

const AWAY: ReadonlySet<string> = new Set(['UNREACHABLE', 'NODE_AWAY', 'BUS_DOWN'])

/** The daemon may be away for a moment (restart, upgrade, crash); other errors do not go away. */
export const isAway = (error: unknown): boolean => error instanceof PtrackError && AWAY.has(error.code)

/** Retries until connected or `aborted`; null then. */
export async function reconnect(connect: () => Promise<Client>, aborted: () => boolean): Promise<Client | null> {
  for (let pauseMs = 50; !aborted(); pauseMs = Math.min(pauseMs * 2, 1000)) {
    try {
      return await connect()
    } catch (error) {
      if (!isAway(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  return null
}
