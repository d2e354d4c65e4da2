/** Rows of results, newest first. */
import type { ProcessView } from '../../../protocol/view.ts'
import { ownTitle } from '../../../words/own-titles.ts'
import { useApp } from '../../app-state.ts'
import { cellText, columnsOf, fieldOf, numericColumns, tableOf } from '../../table.ts'
import { useResults } from '../../use-results.ts'

export function Results({ view }: { view: ProcessView }) {
  const { settings } = useApp()
  const { rows, error } = useResults(view)
  const shown = rows.slice(-settings.resultRows).reverse()
  const columns = columnsOf(shown)
  const numbers = new Set(numericColumns(shown))
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    const csv = async (): Promise<string> => (await import('../../../words/csv.ts')).csv(tableOf(rows))
    const text = format === 'csv' ? await csv() : JSON.stringify(rows, null, 2)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: format === 'csv' ? 'text/csv' : 'application/json' }))
    link.download = `${view.name.replace(/[^\w.-]/g, '_')}.${format}`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  if (error !== null) return <p class="error">{error.message}</p>
  if (rows.length === 0) return <p class="nothing">No results yet.</p>
  return (
    <section class="results-page" aria-label="Results">
      <div class="bar">
        <span class="empty" aria-live="polite">
          {shown.length < rows.length ? `The last ${shown.length} of ${rows.length} rows` : `${rows.length} rows`}, newest first
        </span>
        <button type="button" onClick={() => void save('csv')}>
          Export CSV
        </button>
        <button type="button" onClick={() => void save('json')}>
          Export JSON
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Table of results">
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                #
              </th>
              <th scope="col">at</th>
              {['run', 'attempt'].map((title) => (
                <th key={title} scope="col" class="number">
                  {ownTitle(title, columns)}
                </th>
              ))}
              {columns.map((name) => (
                <th key={name} scope="col" class={numbers.has(name) ? 'number' : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.index}>
                <td class="number">{row.index}</td>
                <td>{new Date(row.at).toLocaleTimeString()}</td>
                <td class="number">{row.run}</td>
                <td class="number">{row.attempt}</td>
                {columns.map((name) => {
                  const value = fieldOf(row, name)
                  return (
                    <td key={name} class={typeof value === 'number' ? 'number' : undefined}>
                      {cellText(value)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}
