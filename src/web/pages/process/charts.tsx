/** Results grouped by any two fields, resources since the page was opened, and durations of runs. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../../protocol/view.ts'
import { durationWords, percentWords, sizeWords } from '../../../words/status.ts'
import { request, useApp } from '../../app-state.ts'
import { Bars } from '../../parts/bars.tsx'
import { LineChart } from '../../parts/line-chart.tsx'
import { columnsOf, groupRows, numericColumns, ofLastAttempts } from '../../table.ts'
import { useAsked } from '../../use-asked.ts'
import { useResults } from '../../use-results.ts'

const RUNS = 30
const LAST = 'the last'
const EVERY = 'all'

export function Charts({ view }: { view: ProcessView }) {
  const { known } = useApp()
  const samples = known.samples.get(view.id) ?? []
  const { value: page } = useAsked(`${view.id} ${view.run} ${view.status} ${known.link}`, () =>
    request('history', { targets: [view.name], max: RUNS }),
  )
  const rows = page?.rows.toReversed() ?? []
  return (
    <div class="columns">
      <Grouped view={view} />
      <section aria-label="Resources">
        <h2>CPU</h2>
        <LineChart values={samples.map(({ cpu }) => cpu)} words={percentWords} floor={5} label="CPU" />
        <h2>Memory</h2>
        <LineChart values={samples.map(({ memory }) => memory)} words={sizeWords} floor={1024} label="memory" />
      </section>
      <section aria-label="Durations">
        <h2>Durations of the last runs</h2>
        {rows.length === 0 ? (
          <p class="empty">No run has ended yet.</p>
        ) : (
          <Bars
            label="Durations of runs"
            bars={rows.map((row) => ({
              key: `run ${row.run}, ${row.outcome}`,
              value: row.durationMs,
              bad: row.outcome === 'failed',
            }))}
            words={durationWords}
          />
        )}
      </section>
    </div>
  )
}

function Grouped({ view }: { view: ProcessView }) {
  const { rows: all } = useResults(view)
  const [chosen, choose] = useState<{ measure?: string; by?: string; and?: string; attempts?: string }>({})
  // A retried job has reported its rows again, and a mean over all would count some twice.
  const last = ofLastAttempts(all)
  const rows = chosen.attempts === EVERY ? all : last
  const numbers = numericColumns(rows)
  const columns = columnsOf(rows)
  const measure = chosen.measure ?? numbers[0]
  const by =
    chosen.by ?? columns.find((name) => name !== measure && !numbers.includes(name)) ?? columns.find((name) => name !== measure)
  if (measure === undefined || by === undefined)
    return (
      <section aria-label="Results">
        <h2>Results</h2>
        <p class="empty">No results with a number and another field yet.</p>
      </section>
    )
  const and = chosen.and || null
  const groups = groupRows(rows, measure, by, and)
  const pick = (label: string, field: keyof typeof chosen, value: string, names: string[]) => (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => choose({ ...chosen, [field]: event.currentTarget.value })}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name || '(nothing)'}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <section aria-label="Results">
      <h2>Results</h2>
      <div class="bar picks">
        {pick('Mean of', 'measure', measure, numbers)}
        {pick('by', 'by', by, columns)}
        {pick('and', 'and', and ?? '', ['', ...columns.filter((name) => name !== by)])}
        {last.length < all.length && pick('of attempts', 'attempts', chosen.attempts ?? LAST, [LAST, EVERY])}
      </div>
      <Bars
        label={`Mean of ${measure} by ${by}${and === null ? '' : ` and ${and}`}`}
        bars={groups.map(({ key, mean, count }) => ({ key: `${key} (${count})`, value: mean, bad: false }))}
        words={(value) => (value === null ? '-' : String(Math.round(value * 1e4) / 1e4))}
      />
    </section>
  )
}
