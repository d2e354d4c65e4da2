/** What came out so far: means by two fields, and the last rows. */
import type { ProcessView } from '../../../../protocol/view.ts'
import { timeWords } from '../../../../words/time.ts'
import { request, useApp } from '../../../app-state.ts'
import { exactly } from '../../../parts/when.tsx'
import { linkTo } from '../../../route.ts'
import { cellText, columnsOf, fieldOf, numericColumns } from '../../../table.ts'
import { useAsked } from '../../../use-asked.ts'
import { Matrix } from './matrix.tsx'

const LAST = 10
const AGAIN_MS = 2000

export function ResultsPanel({ view }: { view: ProcessView }) {
  const { known, nowMs } = useApp()
  const { results } = view
  // Of thousands of rows that come one by one the newest are asked for now and then.
  const turn = known.link === 'here' ? `${Math.floor(nowMs / AGAIN_MS)}` : known.link
  const key = `${view.id} ${results} ${results === 0 ? '' : turn}`
  const { value } = useAsked(key, () =>
    results === 0
      ? Promise.resolve(null)
      : request('results', { target: view.id, from: Math.max(1, results - LAST + 1), max: LAST }),
  )
  const rows = value?.rows.toReversed() ?? []
  if (rows.length === 0) return null
  const columns = columnsOf(rows, 8)
  const numbers = new Set(numericColumns(rows))
  return (
    <section class="panel" aria-labelledby="h-results">
      <header>
        <h2 id="h-results">Results</h2>
        <small>
          {rows.length < results && `The last ${rows.length} of `}
          <a href={linkTo(view.name, 'results')}>{results === 1 ? '1 row' : `${results.toLocaleString('en')} rows`}</a>
        </small>
      </header>
      <Matrix view={view} sample={rows} turn={key} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll bare" tabIndex={0} aria-label="The last rows of results">
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                Row
              </th>
              <th scope="col">Time</th>
              {columns.map((name) => (
                <th key={name} scope="col" class={numbers.has(name) ? 'number' : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.index}>
                <td class="number">{row.index}</td>
                <td class="num">
                  <time dateTime={row.at} title={exactly(row.at)}>
                    {timeWords(row.at, nowMs)}
                  </time>
                </td>
                {columns.map((name) => {
                  const value = fieldOf(row, name)
                  return (
                    <td key={name} class={numbers.has(name) ? 'number' : undefined}>
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
