/** Rows of any JSON as columns of CSV. */
import { csv } from '../../words/csv.ts'

export const csvLine = (values: readonly unknown[]): string => csv([values])

const VALUE = 'value'

const isObject = (row: unknown): row is Record<string, unknown> => typeof row === 'object' && row !== null && !Array.isArray(row)

const keysOf = (row: unknown): string[] => (isObject(row) ? Object.keys(row) : [VALUE])

/** Columns from the first rows, in order of appearance; later keys are reported once each. */
export class RowColumns {
  readonly keys: readonly string[]
  private readonly known: Set<string>

  constructor(rows: readonly unknown[]) {
    this.known = new Set(rows.flatMap(keysOf))
    this.keys = [...this.known]
  }

  values(row: unknown): unknown[] {
    if (!isObject(row)) return this.keys.map((key) => (key === VALUE ? row : undefined))
    return this.keys.map((key) => (Object.hasOwn(row, key) ? row[key] : undefined))
  }

  /** Keys of this row without a column that were not reported before. */
  unknown(row: unknown): string[] {
    const fresh = keysOf(row).filter((key) => !this.known.has(key))
    for (const key of fresh) this.known.add(key)
    return fresh
  }
}
