/** Rows as CSV (RFC 4180, though lines end as Unix lines do). */
import { stringify } from 'csv-stringify/sync'

/** A text that a spreadsheet would take for a formula gets a quote in front: rows of results may come from anywhere. */
export const csv = (rows: readonly (readonly unknown[])[]): string =>
  stringify(rows as unknown[][], { escape_formulas: true, cast: { boolean: String } })
