/** logs --cursor: a part of the log, and where the next one begins; for programs that look again and again. */
import type { LogSink } from '../../../client/log-stream.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { LogPage, LogQuery } from '../../../protocol/requests.ts'
import type { Context } from '../../context.ts'
import { shortCursor, wholeCursor } from '../../input/log-cursor.ts'

/** Of a cursor without `-n`. */
const LINES = 200

/** `given`: null = the beginning of such reading, by what else the query says. An unfinished last line comes next time, whole. */
export async function readPart(
  context: Context,
  query: LogQuery,
  given: string | null,
  max: number | undefined,
): Promise<LogPage> {
  const { targets, stream, grep } = query
  const asked =
    given === null
      ? { ...query, max }
      : { targets, stream, grep, max, cursor: await wholeCursor(context, given, { targets, grep }) }
  const page = await context.request('logs.read', asked)
  return { ...page, lines: page.lines.filter((line) => !line.partial), cursor: shortCursor(page.cursor) }
}

export async function fromCursor(
  context: Context,
  query: LogQuery,
  given: string | null,
  sink: LogSink,
  { follow, since, run, lines }: { follow?: boolean; since?: string; run?: number; lines?: number | 'all' },
): Promise<number> {
  const clash = follow ? '-f' : given === null ? null : since !== undefined ? '--since' : run !== undefined ? '--run' : null
  if (clash !== null)
    throw new PtrackError('USAGE', `cannot show logs: ${clash} and --cursor exclude each other`, {
      hint: clash === '-f' ? '-f goes on by itself' : 'a cursor says where to begin',
    })
  const page = await readPart(context, query, given, lines === 'all' ? undefined : (lines ?? LINES))
  if (context.json) context.printJson(page)
  else {
    sink.notices(page.notices)
    await sink.lines(page.lines)
    context.note(`the next part: --cursor ${page.cursor}`)
  }
  return 0
}
