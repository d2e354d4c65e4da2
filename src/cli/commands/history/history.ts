/** history: ended runs, as a table or row by row. */
import type { HistoryRow } from '../../../protocol/history.ts'
import { limits } from '../../../protocol/limits.ts'
import type { EndedStatus } from '../../../protocol/names.ts'
import { statusWord } from '../../../words/states.ts'
import { durationWords, exitFigure } from '../../../words/status.ts'
import { timeWords } from '../../../words/time.ts'
import type { Context } from '../../context.ts'
import { csvLine } from '../../output/csv.ts'
import type { Format } from '../../output/formats.ts'
import { tableText } from '../../output/table.ts'

export interface HistoryOptions {
  type?: string
  owner?: string
  status?: (EndedStatus | 'timed-out')[]
  since?: number
  limit?: number
  format?: Format
}

const SHOWN = 50

const HISTORY_FIELDS = [
  'name',
  'run',
  'type',
  'kind',
  'owner',
  'tags',
  'outcome',
  'reason',
  'exitCode',
  'signal',
  'startedAt',
  'endedAt',
  'durationMs',
  'attempt',
  'results',
  'id',
  'runId',
] as const satisfies readonly (keyof HistoryRow)[]

const historyTable = (context: Context, rows: readonly HistoryRow[], nowMs: number): string =>
  tableText(context, rows, [
    { title: 'name', of: (row) => row.name, shrinkTo: 16, shrinkLast: true },
    { title: 'run', of: (row) => String(row.run), align: 'right' },
    { title: 'type', of: (row) => row.type, dropOrder: 3, shrinkTo: 8 },
    { title: 'outcome', of: (row) => statusWord(row.outcome) },
    { title: 'exit', of: (row) => exitFigure(row), dropOrder: 4 },
    { title: 'started', of: (row) => timeWords(row.startedAt, nowMs), dropOrder: 6 },
    { title: 'took', of: (row) => durationWords(row.durationMs), align: 'right' },
    { title: 'attempt', of: (row) => String(row.attempt), align: 'right', dropOrder: 2 },
    { title: 'results', of: (row) => String(row.results), align: 'right', dropOrder: 1 },
    { title: 'reason', of: (row) => row.reason ?? '', dropOrder: 5, shrinkTo: 12 },
  ])

/** Page by page: a million runs need a page of memory, except in a table, whose widths need all of them. */
export async function history(context: Context, targets: string[], options: HistoryOptions): Promise<number> {
  const limit = options.limit ?? SHOWN
  const { format } = options
  const kept: HistoryRow[] = []
  let shown = 0
  let cursor: string | undefined
  if (format === 'csv' && !context.json) context.io.out(csvLine(HISTORY_FIELDS))
  do {
    const page = await context.request('history', {
      ...(targets.length > 0 ? { targets } : {}),
      type: options.type,
      owner: options.owner,
      outcome: options.status?.map((word) => (word === 'timed-out' ? 'timeout' : word)),
      sinceMs: options.since,
      max: Math.min(limit - shown, limits.historyPageRows),
      cursor,
    })
    for (const notice of page.notices) context.note(notice)
    shown += page.rows.length
    cursor = page.cursor ?? undefined
    if (context.json || (format ?? 'table') === 'table') kept.push(...page.rows)
    else {
      const line = (row: HistoryRow): string =>
        format === 'csv'
          ? csvLine(HISTORY_FIELDS.map((field) => (field === 'tags' ? row.tags.join(' ') : row[field])))
          : `${JSON.stringify(row)}\n`
      await context.io.pour('out', page.rows.map(line).join(''))
    }
  } while (cursor !== undefined && shown < limit)
  if (context.json) context.printJson(kept)
  else if (shown === 0) context.note('no run has ended yet that this asks for')
  else if (kept.length > 0) context.io.out(historyTable(context, kept, Date.now()))
  if (cursor !== undefined && !context.json && shown > 0) context.note(`there are more: --limit shows more than ${limit}`)
  return 0
}
