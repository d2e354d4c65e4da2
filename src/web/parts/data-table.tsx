/** A table of an admin's things: columns, a filter by what is typed, and pages. A wide one scrolls in its panel. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface Column<T> {
  head: string
  number?: boolean
  /** Its words may be on several lines. */
  long?: boolean
  cell(row: T): ComponentChildren
}

interface TableProps<T> {
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  keyOf(row: T): string
}

export const Table = <T,>({ label, columns, rows, keyOf }: TableProps<T>) => (
  <div class="scrolls">
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ head, number }) => (
            <th key={head} scope="col" class={number ? 'number' : undefined}>
              {head || <span class="hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ head, number, long, cell }, index) =>
              index === 0 ? (
                <th key={head} scope="row">
                  {cell(row)}
                </th>
              ) : (
                <td key={head} class={number ? 'number' : long ? 'long' : undefined}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const PAGE = 20
/** Fewer are looked through by eye. */
const FEW = 6

interface PagedProps<T> extends TableProps<T> {
  /** What of a row is searched. */
  textOf(row: T): string
  empty: string
}

export function PagedTable<T>({ rows, textOf, empty, ...table }: PagedProps<T>) {
  const [text, setText] = useState('')
  const [from, setFrom] = useState(0)
  const wanted = text.trim().toLowerCase()
  const found = wanted === '' ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted))
  const start = from < found.length ? from : 0
  if (rows.length === 0) return <p class="inside quiet">{empty}</p>
  return (
    <>
      {rows.length > FEW && (
        <div class="bar inside">
          <input
            type="search"
            class="search"
            placeholder="Filter"
            aria-label={`Filter ${table.label}`}
            value={text}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value)
              setFrom(0)
            }}
          />
        </div>
      )}
      {found.length === 0 ? (
        <p class="inside quiet">
          Nothing matches “{text.trim()}”.{' '}
          <button type="button" onClick={() => setText('')}>
            Clear the filter
          </button>
        </p>
      ) : (
        <Table {...table} rows={found.slice(start, start + PAGE)} />
      )}
      {found.length > PAGE && (
        <Pages
          words={`${start + 1} to ${Math.min(start + PAGE, found.length)} of ${found.length.toLocaleString('en')}`}
          onBefore={start > 0 ? () => setFrom(start - PAGE) : null}
          onNext={start + PAGE < found.length ? () => setFrom(start + PAGE) : null}
        />
      )}
    </>
  )
}

interface PagesProps {
  words: string
  onBefore: (() => void) | null
  onNext: (() => void) | null
}

export const Pages = ({ words, onBefore, onNext }: PagesProps) => (
  <div class="bar inside">
    <small>{words}</small>
    <button type="button" class="end" disabled={onBefore === null} onClick={() => onBefore?.()}>
      Previous
    </button>
    <button type="button" disabled={onNext === null} onClick={() => onNext?.()}>
      Next
    </button>
  </div>
)
