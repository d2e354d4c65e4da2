/** CPU and memory of a process over time, from what the daemon keeps. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { cpuScale, memoryScale } from '../../words/scales.ts'
import { percentWords, sizeWords } from '../../words/status.ts'
import { request, useNow, useSelected } from '../app-state.ts'
import { useAsked } from '../use-asked.ts'
import { LEAST_POINTS, LoadChart } from './load-chart.tsx'

const HOUR_MS = 3_600_000
/** As long as each is kept, and how often it is measured. */
const SPANS = [
  { name: '1 h', words: 'last hour', ms: HOUR_MS, stepMs: 15_000 },
  { name: '24 h', words: 'last 24 hours', ms: 24 * HOUR_MS, stepMs: 300_000 },
  { name: '7 d', words: 'last 7 days', ms: 168 * HOUR_MS, stepMs: HOUR_MS },
] as const
export type Span = (typeof SPANS)[number]

function useHistory(view: ProcessView, { ms, stepMs }: Span) {
  const link = useSelected(({ known }) => known.link)
  return useAsked(`${view.id} ${view.run} ${view.status} ${link} ${stepMs} ${useNow(stepMs)}`, () =>
    request('metrics.history', { targets: [view.id], sinceMs: Date.now() - ms, stepMs }),
  ).value
}

export function Load({ view, span = SPANS[0] }: { view: ProcessView; span?: Span }) {
  const history = useHistory(view, span)
  const series = history?.processes[0]
  if (!history) return null
  // Of a time shorter than a few steps there is nothing to draw.
  if (series === undefined || series.memoryBytes.filter((bytes) => bytes !== null).length < LEAST_POINTS)
    return <p class="quiet">Not measured long enough in the {span.words} to be drawn.</p>
  const common = { history, span: span.words }
  return (
    <div class="two">
      <LoadChart
        {...common}
        title="CPU"
        now={percentWords(view.cpuPercent)}
        values={series.cpuPercent}
        scale={cpuScale(series.cpuPercent)}
        words={percentWords}
      />
      <LoadChart
        {...common}
        title="Memory"
        now={sizeWords(view.memoryBytes)}
        values={series.memoryBytes}
        scale={memoryScale(series.memoryBytes)}
        words={sizeWords}
      />
    </div>
  )
}

export function LoadPanel({ view }: { view: ProcessView }) {
  const [span, setSpan] = useState<Span>(SPANS[0])
  return (
    <section class="panel" aria-labelledby="h-load">
      <header>
        <h2 id="h-load">Load</h2>
        <span class="seg">
          {SPANS.map((each) => (
            <button key={each.name} type="button" aria-pressed={each === span} onClick={() => setSpan(each)}>
              {each.name}
            </button>
          ))}
        </span>
      </header>
      <div class="inside">
        <Load view={view} span={span} />
      </div>
    </section>
  )
}
