/** results: rows as they were told, from the first on, and with -f each further one once, whatever happens to the daemon. */
import type { Client } from '../../client/client.ts'
import { isAway, reconnect } from '../../client/log-stream.ts'
import type { Attempts } from '../../protocol/attempts.ts'
import type { ResultRow } from '../../protocol/history.ts'
import { limits } from '../../protocol/limits.ts'
import { ownTitle } from '../../words/own-titles.ts'
import { clean, cutToWidth, displayWidth, padTo } from '../../words/text.ts'
import type { Format, ResultsOptions } from '../commands/reports.ts'
import type { Context } from '../context.ts'
import { orHalted } from '../halting.ts'
import { csvLine, RowColumns } from './csv.ts'

/** Wider cells push what follows: a table that is written as it comes cannot know better. */
const WIDEST = 40
const GAP = '  '

const cellText = (value: unknown): string =>
  value === undefined || value === null ? '' : clean(typeof value === 'string' ? value : JSON.stringify(value))

/** What stands before the fields of a row; all but the first in CSV too. */
const OWN: readonly [title: string, of: (row: ResultRow) => unknown][] = [
  ['#', (row) => row.index],
  ['run', (row) => row.run],
  ['attempt', (row) => row.attempt],
]

/** Text for one page of rows. */
type Writer = (rows: readonly ResultRow[]) => string

/** Columns and widths are those of the first page. */
function columnWriter(context: Context, csv: boolean): Writer {
  let columns: RowColumns | null = null
  let widths: number[] = []
  const own = csv ? OWN.slice(1) : OWN
  const tableLine = (cells: readonly string[]): string => {
    const text = cells.map((cell, n) => padTo(cell, widths[n]!, n < own.length ? 'right' : 'left')).join(GAP)
    return `${context.width === null ? text.trimEnd() : cutToWidth(text.trimEnd(), context.width)}\n`
  }
  return (rows) => {
    if (rows.length === 0) return ''
    let text = ''
    if (columns === null) {
      columns = new RowColumns(rows.map(({ row }) => row))
      const { keys } = columns
      const titles = [...own.map(([title]) => ownTitle(title, keys)), ...keys]
      widths = titles.map((title) => displayWidth(clean(title)))
      for (const row of rows)
        for (const [n, value] of [...own.map(([, of]) => of(row)), ...columns.values(row.row)].entries())
          widths[n] = Math.min(WIDEST, Math.max(widths[n]!, displayWidth(cellText(value))))
      text = csv ? csvLine(titles) : context.style.dim(tableLine(titles.map(clean)).trimEnd()) + '\n'
    }
    for (const each of rows) {
      const { index, row } = each
      const fresh = columns.unknown(row)
      if (fresh.length > 0)
        context.note(
          `row ${index} has ${fresh.map((key) => `"${clean(key)}"`).join(', ')} too, which has no column; --format json shows all`,
        )
      const values = [...own.map(([, of]) => of(each)), ...columns.values(row)]
      text += csv ? csvLine(values) : tableLine(values.map(cellText))
    }
    return text
  }
}

function writerFor(context: Context, format: Format | undefined): Writer {
  if (context.json) return (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  if (format === 'json') return (rows) => rows.map(({ row }) => `${JSON.stringify(row)}\n`).join('')
  return columnWriter(context, format === 'csv')
}

/** How far it is; outlives the connection. */
interface Place {
  from: number
  told: boolean
  over: boolean
  wrote: boolean
  /** What there is to say of rows that are not there, or why there will be none, has been said. */
  noticed: boolean
  ended: boolean
}

/** Until all is written that there is now, or with `follow` ever will be, or the signal. */
async function read(
  context: Context,
  client: Client,
  query: { target: string; run: number | undefined; attempts: Attempts | undefined; follow: boolean },
  place: Place,
  write: Writer,
  enough: AbortSignal,
): Promise<void> {
  const { target, run, attempts, follow } = query
  while (!place.over && !enough.aborted) {
    // The first answer comes at once, so that a name that does not exist is told at once too.
    const waitMs = follow && place.told ? limits.longPollMs : 0
    const page = await orHalted(client.request('results', { target, run, attempts, from: place.from, waitMs }), enough)
    if (page === null) return
    for (const notice of page.notices) context.note(notice)
    const text = write(page.rows)
    const room = text === '' ? null : context.io.pour('out', text)
    place.from = page.next
    place.told = true
    place.ended = page.ended
    place.wrote ||= page.rows.length > 0
    place.noticed ||= page.notices.length > 0
    place.over = !page.more && (page.ended || !follow)
    if (room) await orHalted(room, enough)
  }
}

export async function results(context: Context, target: string, options: ResultsOptions): Promise<number> {
  const stop = new AbortController()
  const stopListening = context.io.onInterrupt(() => stop.abort())
  const query = { target, run: options.run, attempts: options.attempts, follow: options.follow ?? false }
  const place: Place = { from: options.from ?? 1, told: false, over: false, wrote: false, noticed: false, ended: false }
  const write = writerFor(context, options.format)
  try {
    let client = await context.clientIfHome()
    // No home: nothing has this name.
    if (client === null) await context.request('results', { target })
    while (client !== null) {
      try {
        await read(context, client, query, place, write, stop.signal)
        break
      } catch (error) {
        if (!isAway(error) || !place.told) throw error
      }
      context.note('the daemon is gone, reconnecting')
      client = await reconnect(context.connectOnly, () => stop.signal.aborted)
    }
    if (!place.wrote && !place.noticed && !context.json)
      context.note(place.from > 1 ? `no row of ${target} matches` : `${target} has no results${place.ended ? '' : ' yet'}`)
    return 0
  } finally {
    stopListening()
  }
}
