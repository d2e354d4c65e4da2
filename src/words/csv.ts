/** Rows as CSV (RFC 4180, but with Unix line ends). */
import { stringify } from 'csv-stringify/sync'

/** A text that a spreadsheet would take for a formula gets a leading quote: rows may come from anywhere. */
export const csv = (rows: readonly (readonly unknown[])[]): string =>
  stringify(rows as unknown[][], { escape_formulas: true, cast: { boolean: String } })
