/** A table of plain texts. */
import { clean } from '../../words/text.ts'
import type { Context } from '../context.ts'
import { type Column, renderColumns } from './columns.ts'

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
