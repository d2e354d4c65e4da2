/** Tables for occasional reading: with lines on a terminal, plain columns in a pipe. `ls` has its own. */
import Table from 'cli-table3'
import { clean, cutToWidth } from '../../words/text.ts'
import { type Column, layOut, renderColumns } from './columns.ts'
import type { Paint, Style } from './style.ts'

export interface TableColumn<Row> extends Omit<Column<Row>, 'key' | 'cell'> {
  of: (row: Row) => string
  paint?: (row: Row) => Paint
  /** On a terminal it wraps instead of being cut. */
  wrap?: boolean
}

/** The library is quadratic in cells: 0.1 s for these, two minutes for ten thousand. */
const DRAWN_ROWS = 200
/** Width of frame and padding: at both ends together, and per further column beyond the gap of plain columns. */
const ENDS = 4
const BETWEEN = 1
/** A narrower column of sentences is not worth wrapping. */
const LEAST_WRAPPED = 20

/** Lines without a newline; each is indented by `indent`. */
export function table<Row>(
  { style, width }: { style: Style; width: number | null },
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  indent = '',
): string[] {
  const cells = columns.map(
    ({ of, paint, wrap, ...column }): Column<Row> => ({
      ...column,
      ...(wrap ? { shrinkTo: LEAST_WRAPPED } : {}),
      key: column.title,
      cell: (row) => ({ text: clean(of(row)), paint: paint?.(row) }),
    }),
  )
  const room = width === null ? null : width - indent.length
  const lines =
    room === null || rows.length > DRAWN_ROWS
      ? renderColumns(cells, rows, room, style.dim)
      : withLines(cells, rows, room - ENDS - BETWEEN * (columns.length - 1), style, new Set(wrapped(columns)))
  return lines.map((line) => indent + line)
}

export const tableText = <Row>(
  ...of: [{ style: Style; width: number | null }, readonly Row[], readonly TableColumn<Row>[]]
): string => `${table(...of).join('\n')}\n`

const wrapped = <Row>(columns: readonly TableColumn<Row>[]): string[] =>
  columns.filter(({ wrap }) => wrap).map(({ title }) => title)

function withLines<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  room: number,
  style: Style,
  wraps: ReadonlySet<string>,
): string[] {
  const laid = layOut(columns, rows, room)
  const drawn = new Table({
    head: laid.map(({ column }) => style.dim(column.title)),
    colAligns: laid.map(({ column }) => column.align ?? 'left'),
    // The width of a column includes the padding of one at each side.
    colWidths: laid.map(({ width }) => width + 2),
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  drawn.push(
    ...rows.map((_, row) =>
      laid.map(({ column, cells, width }) => {
        const { text, paint } = cells[row]!
        const shown = wraps.has(column.key) ? text : cutToWidth(text, width)
        return paint ? paint(shown) : shown
      }),
    ),
  )
  return drawn.toString().split('\n')
}
