/** Rows of results, newest first. */
import type { ResultRow } from '../../../protocol/history.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { ownTitle } from '../../../words/own-titles.ts'
import { counted } from '../../../words/short.ts'
import { timeWords } from '../../../words/time.ts'
import { useApp } from '../../app-state.ts'
import { exactly } from '../../parts/when.tsx'
import { saveText } from '../../save-text.ts'
import { cellText, columnsOf, fieldOf, numericColumns, tableOf } from '../../table.ts'
import { useResults } from '../../use-results.ts'

export function Results({ view }: { view: ProcessView }) {
  const { settings, nowMs, known } = useApp()
  const { rows, error } = useResults(view)
  const shown = rows.slice(-settings.resultRows).reverse()
  const columns = columnsOf(shown)
  const numbers = new Set(numericColumns(shown))
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    const csv = async (): Promise<string> => (await import('../../../words/csv.ts')).csv(tableOf(rows))
    const text = format === 'csv' ? await csv() : JSON.stringify(rows, null, 2)
    saveText(`${view.name}.${format}`, format === 'csv' ? 'text/csv' : 'application/json', text)
  }
  if (error !== null && rows.length === 0 && known.link === 'here') return <p class="error">{error.message}</p>
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
                Row
              </th>
              <th scope="col">Time</th>
              {['Run', 'Attempt'].map((title) => (
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
          {groupsOf(shown).map(({ run, attempt, rows: members }, index, all) => (
            <tbody key={`${run} ${attempt} ${members[0]!.index}`}>
              {all.length > 1 && (
                <tr class="group-row">
                  <th scope="rowgroup" colSpan={columns.length + 4}>
                    {groupWords(run, attempt, members.length, index === all.length - 1 && shown.length < rows.length)}
                  </th>
                </tr>
              )}
              {members.map((row) => (
                <tr key={row.index}>
                  <td class="number">{row.index}</td>
                  <td class="num">
                    <time dateTime={row.at} title={exactly(row.at)}>
                      {timeWords(row.at, nowMs)}
                    </time>
                  </td>
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
          ))}
        </table>
      </section>
    </section>
  )
}

/** Rows of one attempt that stand together: another attempt has reported its rows again. */
function groupsOf(rows: readonly ResultRow[]): { run: number; attempt: number | null; rows: ResultRow[] }[] {
  const groups: { run: number; attempt: number | null; rows: ResultRow[] }[] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last !== undefined && last.run === row.run && last.attempt === row.attempt) last.rows.push(row)
    else groups.push({ run: row.run, attempt: row.attempt, rows: [row] })
  }
  return groups
}

/** `cut`: it has more rows than are shown. */
const groupWords = (run: number, attempt: number | null, count: number, cut: boolean): string =>
  `Run ${run}${attempt === null ? '' : `, attempt ${attempt}`}: ${cut ? 'the last ' : ''}${counted(count, 'row')}`
