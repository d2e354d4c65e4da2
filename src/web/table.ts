/** Rows of results as a table: columns from their fields, and CSV that opens in a spreadsheet. */
import { LastAttempts } from '../protocol/attempts.ts'
import type { ResultRow } from '../protocol/history.ts'
import { ownTitle } from '../words/own-titles.ts'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields in the order in which they first come; a row that is no object has the one field `value`. */
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

/** RFC 4180. A field that a spreadsheet would take for a formula gets a quote in front: rows may come from anywhere. */
export function toCsv(rows: readonly ResultRow[]): string {
  const columns = columnsOf(rows, 1000)
  const quote = (value: unknown): string => {
    const text = cellText(value)
    const safe = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  const own = ['index', 'at', 'run', 'attempt'].map((title) => ownTitle(title, columns))
  const lines = [[...own, ...columns].map(quote).join(',')]
  for (const row of rows)
    lines.push([row.index, row.at, row.run, row.attempt, ...columns.map((name) => fieldOf(row, name))].map(quote).join(','))
  return `${lines.join('\r\n')}\r\n`
}

/** The rows of the last attempts, which a mean is taken over. */
export function ofLastAttempts(rows: readonly ResultRow[]): readonly ResultRow[] {
  const last = LastAttempts.of(rows)
  return rows.filter((row) => last.has(row))
}

export interface Group {
  key: string
  /** Mean of the measured field. */
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

/** Fields with a number in most rows that have them. */
export const numericColumns = (rows: readonly ResultRow[]): string[] =>
  columnsOf(rows).filter((name) => {
    const values = rows.map((row) => fieldOf(row, name)).filter((value) => value !== undefined && value !== null)
    return values.length > 0 && values.filter((value) => typeof value === 'number').length > values.length / 2
  })
