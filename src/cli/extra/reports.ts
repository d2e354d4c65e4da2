/** history, stats, types: ended runs, what is counted from them, and the types there are. */
import type { HistoryRow, StatsRow, StatsView } from '../../protocol/history.ts'
import type { TypeView } from '../../protocol/job-requests.ts'
import { limits } from '../../protocol/limits.ts'
import type { EndedStatus } from '../../protocol/names.ts'
import { durationWords, exitWords, UNKNOWN } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import type { Context } from '../context.ts'
import { type Column, renderColumns } from '../output/columns.ts'
import { csvLine } from '../output/csv.ts'
import type { Format } from '../output/formats.ts'
import { policyWords } from '../output/policy-words.ts'

export interface HistoryOptions {
  type?: string
  owner?: string
  status?: EndedStatus[]
  since?: number
  limit?: number
  format?: Format
}
export interface StatsOptions {
  type?: string
  name?: string
  owner?: string
  since?: number
  trend?: boolean
  format?: Format
}

const SHOWN = 50

/** A table of plain texts. */
export function plainColumns<Row>(
  context: Pick<Context, 'style' | 'width'>,
  rows: readonly Row[],
  columns: readonly (Omit<Column<Row>, 'key' | 'cell'> & { of: (row: Row) => string })[],
): string {
  const drawn = columns.map(
    ({ of, ...column }): Column<Row> => ({ ...column, key: column.title, cell: (row) => ({ text: clean(of(row)) }) }),
  )
  return `${renderColumns(drawn, rows, context.width, context.style.dim).join('\n')}\n`
}

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
  plainColumns(context, rows, [
    { title: 'name', of: (row) => row.name, shrinkTo: 16, shrinkLast: true },
    { title: 'run', of: (row) => String(row.run), align: 'right' },
    { title: 'type', of: (row) => row.type, dropOrder: 3, shrinkTo: 8 },
    { title: 'outcome', of: (row) => row.outcome },
    { title: 'exit', of: (row) => exitWords(row) ?? UNKNOWN, dropOrder: 4 },
    { title: 'started', of: (row) => timeWords(row.startedAt, nowMs), dropOrder: 6 },
    { title: 'took', of: (row) => durationWords(row.durationMs), align: 'right' },
    { title: 'attempt', of: (row) => String(row.attempt), align: 'right', dropOrder: 2 },
    { title: 'results', of: (row) => String(row.results), align: 'right', dropOrder: 1 },
    { title: 'reason', of: (row) => row.reason ?? '', dropOrder: 5, shrinkTo: 12 },
  ])

/** Page after page: a million runs need no memory but a page's, except for a table, whose columns need them all. */
export async function history(context: Context, targets: string[], options: HistoryOptions): Promise<number> {
  const limit = options.limit ?? SHOWN
  const { format } = options
  const kept: HistoryRow[] = []
  let told = 0
  let cursor: string | undefined
  if (format === 'csv' && !context.json) context.io.out(csvLine(HISTORY_FIELDS))
  do {
    const page = await context.request('history', {
      ...(targets.length > 0 ? { targets } : {}),
      type: options.type,
      owner: options.owner,
      outcome: options.status,
      sinceMs: options.since,
      max: Math.min(limit - told, limits.historyPageRows),
      cursor,
    })
    for (const notice of page.notices) context.note(notice)
    told += page.rows.length
    cursor = page.cursor ?? undefined
    if (context.json || (format ?? 'table') === 'table') kept.push(...page.rows)
    else {
      const line = (row: HistoryRow): string =>
        format === 'csv'
          ? csvLine(HISTORY_FIELDS.map((field) => (field === 'tags' ? row.tags.join(' ') : row[field])))
          : `${JSON.stringify(row)}\n`
      await context.io.pour('out', page.rows.map(line).join(''))
    }
  } while (cursor !== undefined && told < limit)
  if (context.json) context.printJson(kept)
  else if (told === 0) context.note('no run has ended yet that this asks for')
  else if (kept.length > 0) context.io.out(historyTable(context, kept, Date.now()))
  if (cursor !== undefined && !context.json && told > 0) context.note(`there are more: --limit shows more than ${limit}`)
  return 0
}

const rateWords = (rate: number | null): string => (rate === null ? UNKNOWN : `${Math.round(rate * 1000) / 10}%`)

const STATS_FIELDS = [
  'type',
  'runs',
  'done',
  'failed',
  'timeout',
  'cancelled',
  'interrupted',
  'stopped',
  'successRate',
  'p50Ms',
  'p95Ms',
  'totalMs',
] as const satisfies readonly (keyof StatsRow)[]
const COUNTS = ['runs', 'done', 'failed', 'timeout', 'cancelled', 'interrupted', 'stopped'] as const

const statsTable = (context: Context, told: StatsView): string =>
  plainColumns(context, told.types.length > 1 ? [...told.types, { ...told.all, type: 'all' }] : told.types, [
    { title: 'type', of: (row) => row.type, shrinkTo: 8, shrinkLast: true },
    ...COUNTS.map((title, n) => ({
      title,
      of: (row: StatsRow) => String(row[title]),
      align: 'right' as const,
      ...(n > 2 ? { dropOrder: 10 - n } : {}),
    })),
    { title: 'success', of: (row) => rateWords(row.successRate), align: 'right' },
    { title: 'p50', of: (row) => durationWords(row.p50Ms), align: 'right' },
    { title: 'p95', of: (row) => durationWords(row.p95Ms), align: 'right' },
    { title: 'total', of: (row) => durationWords(row.totalMs), align: 'right', dropOrder: 1 },
  ])

const trendRows = (told: StatsView) => told.trend.flatMap(({ type, points }) => points.map((point) => ({ type, ...point })))

/** Buckets are days or hours of UTC. */
function trendTable(context: Context, told: StatsView): string {
  const rows = trendRows(told)
  const byDay = rows.every((row) => row.at.slice(11, 16) === '00:00')
  return plainColumns(context, rows, [
    { title: 'type', of: (row) => row.type, shrinkTo: 8 },
    { title: byDay ? 'day' : 'hour (UTC)', of: (row) => (byDay ? row.at.slice(0, 10) : row.at.slice(0, 16).replace('T', ' ')) },
    { title: 'runs', of: (row) => String(row.runs), align: 'right' },
    { title: 'success', of: (row) => rateWords(row.successRate), align: 'right' },
    { title: 'p50', of: (row) => durationWords(row.p50Ms), align: 'right' },
  ])
}

export async function stats(context: Context, options: StatsOptions): Promise<number> {
  const { type, name, owner, since: sinceMs, trend, format } = options
  const told = await context.request('stats', { type, name, owner, sinceMs })
  for (const notice of told.notices) context.note(notice)
  if (context.json || format === 'json') context.printJson(told)
  else if (format === 'csv' && trend) {
    const fields = ['type', 'at', 'runs', 'successRate', 'p50Ms'] as const
    context.io.out([fields, ...trendRows(told).map((row) => fields.map((field) => row[field]))].map(csvLine).join(''))
  } else if (format === 'csv')
    context.io.out([STATS_FIELDS, ...told.types.map((row) => STATS_FIELDS.map((field) => row[field]))].map(csvLine).join(''))
  else if (told.all.runs === 0) context.note('no run has ended yet that this asks for')
  else context.io.out(trend ? trendTable(context, told) : statsTable(context, told))
  return 0
}

export async function types(context: Context): Promise<number> {
  const told = await context.request('types', {})
  if (context.json) context.printJson(told)
  else if (told.length === 0) context.note('there are no types yet; `ptrack run --type TYPE -- COMMAND` makes one')
  else
    context.io.out(
      plainColumns<TypeView>(context, told, [
        { title: 'type', of: (row) => row.type, shrinkTo: 8, shrinkLast: true },
        { title: 'kinds', of: (row) => row.kinds.join(','), dropOrder: 1 },
        { title: 'live', of: (row) => String(row.live), align: 'right' },
        { title: 'waiting', of: (row) => String(row.waiting), align: 'right' },
        { title: 'ended', of: (row) => String(row.ended), align: 'right' },
        { title: 'limit', of: (row) => (row.limit === null ? UNKNOWN : String(row.limit)), align: 'right' },
        { title: 'policy', of: (row) => (row.policy === null ? UNKNOWN : policyWords(row.policy)), shrinkTo: 10, dropOrder: 2 },
      ]),
    )
  return 0
}
