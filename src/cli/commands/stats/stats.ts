/** stats: outcomes and durations by type, as a table, over time, or as CSV. */
import type { StatsRow, StatsView } from '../../../protocol/history.ts'
import { durationWords, UNKNOWN } from '../../../words/status.ts'
import type { Context } from '../../context.ts'
import { csvLine } from '../../output/csv.ts'
import type { Format } from '../../output/formats.ts'
import { tableText } from '../../output/table.ts'

export interface StatsOptions {
  type?: string
  name?: string
  owner?: string
  since?: number
  trend?: boolean
  format?: Format
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

const statsTable = (context: Context, reply: StatsView): string =>
  tableText(context, reply.types.length > 1 ? [...reply.types, { ...reply.all, type: 'all' }] : reply.types, [
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

const trendRows = (reply: StatsView) => reply.trend.flatMap(({ type, points }) => points.map((point) => ({ type, ...point })))

/** Buckets are days or hours of UTC. */
function trendTable(context: Context, reply: StatsView): string {
  const rows = trendRows(reply)
  const byDay = rows.every((row) => row.at.slice(11, 16) === '00:00')
  return tableText(context, rows, [
    { title: 'type', of: (row) => row.type, shrinkTo: 8 },
    { title: byDay ? 'day' : 'hour (UTC)', of: (row) => (byDay ? row.at.slice(0, 10) : row.at.slice(0, 16).replace('T', ' ')) },
    { title: 'runs', of: (row) => String(row.runs), align: 'right' },
    { title: 'success', of: (row) => rateWords(row.successRate), align: 'right' },
    { title: 'p50', of: (row) => durationWords(row.p50Ms), align: 'right' },
  ])
}

export async function stats(context: Context, options: StatsOptions): Promise<number> {
  const { type, name, owner, since: sinceMs, trend, format } = options
  const reply = await context.request('stats', { type, name, owner, sinceMs })
  for (const notice of reply.notices) context.note(notice)
  if (context.json || format === 'json') context.printJson(reply)
  else if (format === 'csv' && trend) {
    const fields = ['type', 'at', 'runs', 'successRate', 'p50Ms'] as const
    context.io.out([fields, ...trendRows(reply).map((row) => fields.map((field) => row[field]))].map(csvLine).join(''))
  } else if (format === 'csv')
    context.io.out([STATS_FIELDS, ...reply.types.map((row) => STATS_FIELDS.map((field) => row[field]))].map(csvLine).join(''))
  else if (reply.all.runs === 0) context.note('no run has ended yet that this asks for')
  else context.io.out(trend ? trendTable(context, reply) : statsTable(context, reply))
  return 0
}
