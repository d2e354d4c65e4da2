/** A plain table: 10,000 rows cost a few milliseconds, where a table library takes seconds. */
import { cutToWidth, displayWidth, padTo } from '../../words/text.ts'
import type { Paint } from './style.ts'

export interface Cell {
  text: string
  paint?: Paint
}

export interface Column<Row> {
  key: string
  title: string
  align?: 'left' | 'right'
  cell: (row: Row) => Cell
  /** May be cut down to this width before any column is dropped. */
  shrinkTo?: number
  /** Cut only when cutting the others was not enough: what a person has to type. */
  shrinkLast?: boolean
  /** On narrow terminals the lowest goes first; without one it always stays. */
  dropOrder?: number
}

const GAP = 2

interface Laid<Row> {
  column: Column<Row>
  cells: Cell[]
  width: number
}

const total = (laid: readonly { width: number }[]): number =>
  laid.reduce((sum, one) => sum + one.width, 0) + GAP * Math.max(0, laid.length - 1)

/** Takes from the widest column first, so that one long cell shrinks before the short ones do. */
function shrink<Row>(laid: readonly Laid<Row>[], width: number, beyondLimits = false): void {
  const least = ({ column }: Laid<Row>): number =>
    Math.max(beyondLimits ? 0 : (column.shrinkTo ?? Number.POSITIVE_INFINITY), displayWidth(column.title))
  const widest = (last: boolean): Laid<Row> | undefined =>
    laid.filter((one) => (one.column.shrinkLast ?? false) === last && one.width > least(one)).sort((a, b) => b.width - a.width)[0]
  for (let over = total(laid) - width; over > 0; over--) {
    const paying = widest(false) ?? widest(true)
    if (!paying) return
    paying.width--
  }
}

/** Which columns fit, and how wide. `width` null = no limit. Dropped keys are returned, to fold them into other columns. */
export function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number | null): Laid<Row>[] {
  let laid = columns.map((column): Laid<Row> => {
    const cells = rows.map(column.cell)
    return {
      column,
      cells,
      width: cells.reduce((widest, cell) => Math.max(widest, displayWidth(cell.text)), displayWidth(column.title)),
    }
  })
  if (width === null) return laid
  const natural = new Map(laid.map((one) => [one.column.key, one.width]))
  for (;;) {
    for (const one of laid) one.width = natural.get(one.column.key)!
    shrink(laid, width)
    if (total(laid) <= width) return laid
    const next = laid
      .filter((one) => one.column.dropOrder !== undefined)
      .sort((a, b) => a.column.dropOrder! - b.column.dropOrder!)[0]
    if (next === undefined) {
      // Nothing is left to drop: a wrapped line would be worse than a cut name.
      shrink(laid, width, true)
      return laid
    }
    laid = laid.filter((one) => one !== next)
  }
}

export const fittingKeys = <Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number | null): string[] =>
  (width === null ? columns : layOut(columns, rows, width).map((one) => one.column)).map((column) => column.key)

/** Lines without trailing blanks; the first is the heading. */
export function renderColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
  heading: Paint = (text) => text,
): string[] {
  const laid = layOut(columns, rows, width)
  const line = (cellOf: (one: Laid<Row>) => Cell): string =>
    laid
      .map((one, index) => {
        const { text, paint } = cellOf(one)
        const cut = cutToWidth(text, one.width)
        // The last column is not padded, so that no line ends in blanks.
        const last = index === laid.length - 1 && one.column.align !== 'right'
        const gap = ' '.repeat(last ? 0 : one.width - displayWidth(cut))
        const painted = paint ? paint(cut) : cut
        return one.column.align === 'right' ? gap + painted : painted + gap
      })
      .join(' '.repeat(GAP))
  const lines = [heading(line((one) => ({ text: padTo(one.column.title, 0) })))]
  for (let row = 0; row < rows.length; row++) lines.push(line((one) => one.cells[row]!))
  return lines
}
