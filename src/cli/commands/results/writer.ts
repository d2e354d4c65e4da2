/** Rows of results as text, page by page: a table, CSV, or JSON; of one process, or of several with the name of each. */
import type { Attempts } from '../../../protocol/attempts.ts'
import type { ResultRow } from '../../../protocol/history.ts'
import { ownTitle } from '../../../words/own-titles.ts'
import { clean, cutToWidth, displayWidth, padTo } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { csvLine, RowColumns } from '../../output/csv.ts'
import type { Format } from '../../output/formats.ts'

export interface ResultsOptions {
  follow?: boolean
  id?: string
  run?: number
  attempts?: Attempts
  from?: number
  format?: Format
}

/** `process` and `id`: the owner, where rows of several are shown. */
export type ShownRow = ResultRow & { process?: string; id?: string }

export interface Writer {
  page(rows: readonly ShownRow[]): string
  end(): string
}

export interface WriterOptions {
  format: Format | undefined
  many: boolean
  /** Rows that decide columns and widths; default: the first page. */
  sample?: readonly ShownRow[]
}

/** Wider cells shift the rest of their line: widths are fixed before all rows are known. */
const WIDEST = 40
const GAP = '  '

const cellText = (value: unknown): string =>
  value === undefined || value === null ? '' : clean(typeof value === 'string' ? value : JSON.stringify(value))

interface OwnColumn {
  title: string
  of(row: ShownRow): unknown
}

const PROCESS: OwnColumn = { title: 'process', of: (row) => row.process }
const INDEX: OwnColumn = { title: '#', of: (row) => row.index }
const RUN: readonly OwnColumn[] = [
  { title: 'run', of: (row) => row.run },
  { title: 'attempt', of: (row) => row.attempt },
]

export function writerFor(context: Context, options: WriterOptions): Writer {
  if (context.json) return options.many ? arrayWriter() : lineWriter((row) => row)
  if (options.format === 'json') return lineWriter(({ row }) => row)
  return columnWriter(context, options)
}

const lineWriter = (of: (row: ShownRow) => unknown): Writer => ({
  page: (rows) => rows.map((row) => `${JSON.stringify(of(row))}\n`).join(''),
  end: () => '',
})

/** One array over all pages. */
function arrayWriter(): Writer {
  let begun = false
  return {
    page: (rows) => {
      if (rows.length === 0) return ''
      const text = rows.map((row) => JSON.stringify(row)).join(',\n')
      const before = begun ? ',\n' : '[\n'
      begun = true
      return before + text
    },
    end: () => (begun ? '\n]\n' : '[]\n'),
  }
}

function columnWriter(context: Context, { format, many, sample }: WriterOptions): Writer {
  const csv = format === 'csv'
  const own = [...(many ? [PROCESS] : []), ...(csv ? [] : [INDEX]), ...RUN]
  let columns: RowColumns | null = null
  let widths: number[] = []
  const valuesOf = (each: ShownRow): unknown[] => [...own.map(({ of }) => of(each)), ...columns!.values(each.row)]
  const tableLine = (cells: readonly string[]): string => {
    const isNumber = (n: number): boolean => n < own.length && own[n] !== PROCESS
    const text = cells.map((cell, n) => padTo(cell, widths[n]!, isNumber(n) ? 'right' : 'left')).join(GAP)
    return `${context.width === null ? text.trimEnd() : cutToWidth(text.trimEnd(), context.width)}\n`
  }
  const head = (rows: readonly ShownRow[]): string => {
    columns = new RowColumns(rows.map(({ row }) => row))
    const { keys } = columns
    const titles = [...own.map(({ title }) => ownTitle(title, keys)), ...keys]
    widths = titles.map((title) => displayWidth(clean(title)))
    for (const row of rows)
      for (const [n, value] of valuesOf(row).entries())
        widths[n] = Math.min(WIDEST, Math.max(widths[n]!, displayWidth(cellText(value))))
    return csv ? csvLine(titles) : context.style.dim(tableLine(titles.map(clean)).trimEnd()) + '\n'
  }
  return {
    page: (rows) => {
      if (rows.length === 0) return ''
      let text = columns === null ? head(sample ?? rows) : ''
      for (const each of rows) {
        const fresh = columns!.unknown(each.row).map((key) => `"${clean(key)}"`)
        const which = many ? `row ${each.index} of ${each.process}` : `row ${each.index}`
        if (fresh.length > 0) context.note(`${which} has ${fresh.join(', ')} too, which has no column; --format json shows all`)
        const values = valuesOf(each)
        text += csv ? csvLine(values) : tableLine(values.map(cellText))
      }
      return text
    },
    end: () => '',
  }
}
