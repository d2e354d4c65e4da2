/** Rows of results as a table: columns from their fields. */
import { LastAttempts } from '../protocol/attempts.ts'
import type { ResultRow } from '../protocol/history.ts'
import { ownTitle } from '../words/own-titles.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields in order of appearance; a row that is no object has the one field `value`. */
export function columnsOf(rows: readonly ResultRow[], most = 30): string[] {
  const names = new Set<string>()
  for (const { row } of rows)
    for (const name of isRecord(row) ? Object.keys(row) : ['value']) if (names.size < most) names.add(name)
  return [...names]
}

export const fieldOf = ({ row }: ResultRow, name: string): unknown =>
  isRecord(row) ? row[name] : name === 'value' ? row : undefined

export function cellText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** All fields, titles first, for export. */
export function tableOf(rows: readonly ResultRow[]): unknown[][] {
  const columns = columnsOf(rows, 1000)
  const own = ['index', 'at', 'run', 'attempt'].map((title) => ownTitle(title, columns))
  const cells = (row: ResultRow): unknown[] => columns.map((name) => fieldOf(row, name))
  return [[...own, ...columns], ...rows.map((row) => [row.index, row.at, row.run, row.attempt, ...cells(row)])]
}

export function ofLastAttempts(rows: readonly ResultRow[]): readonly ResultRow[] {
  const last = LastAttempts.of(rows)
  return rows.filter((row) => last.has(row))
}

export interface Group {
  key: string
  mean: number
  count: number
}

/** Means of a numeric field, by the values of one field or of two. */
export function groupRows(rows: readonly ResultRow[], measure: string, by: string, and: string | null): Group[] {
  const groups = new Map<string, { sum: number; count: number }>()
  for (const row of rows) {
    const value = fieldOf(row, measure)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    const key = [by, and]
      .filter((name) => name !== null)
      .map((name) => cellText(fieldOf(row, name)) || '(none)')
      .join(' · ')
    const group = groups.get(key) ?? { sum: 0, count: 0 }
    groups.set(key, { sum: group.sum + value, count: group.count + 1 })
  }
  return [...groups]
    .map(([key, { sum, count }]) => ({ key, mean: sum / count, count }))
    .sort((a, b) => a.key.localeCompare(b.key))
}

/** Fields that are numbers in most rows that have them. */
export const numericColumns = (rows: readonly ResultRow[]): string[] =>
  columnsOf(rows).filter((name) => {
    const values = rows.map((row) => fieldOf(row, name)).filter((value) => value !== undefined && value !== null)
    return values.length > 0 && values.filter((value) => typeof value === 'number').length > values.length / 2
  })

/** Short, and never cut: as many decimals as the largest of all that stand together needs. */
export function figureWords(value: number, together: readonly number[] = [value]): string {
  if (!Number.isFinite(value)) return ''
  const most = Math.max(...together.map(Math.abs))
  if (together.every(Number.isInteger)) return most < 1e15 ? value.toLocaleString('en') : String(value)
  const decimals = most >= 1000 ? 0 : most >= 100 ? 1 : most >= 10 ? 2 : most >= 1 ? 3 : 4
  return most < 1e-3
    ? String(Number(value.toPrecision(3)))
    : value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
