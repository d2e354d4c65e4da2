/** Its runs, the present one first. */

import type { ProcessView } from '../../../protocol/view.ts'
import { statusWord } from '../../../words/states.ts'
import { durationWords, exitFigure, exitWords } from '../../../words/status.ts'
import { timeWords } from '../../../words/time.ts'
import { request, useApp } from '../../app-state.ts'
import { RunStrip } from '../../parts/drawings.tsx'
import { useAsked } from '../../use-asked.ts'

export function Runs({ view }: { view: ProcessView }) {
  const { known, nowMs } = useApp()
  const { value, error } = useAsked(`${view.id} ${view.run} ${view.status} ${known.link}`, () =>
    request('show', { targets: [view.id] }),
  )
  const bars = useAsked(`${view.id} ${view.run} ${view.status} ${known.link}`, () => request('runs', { targets: [view.id] }))
  if (error !== null) return <p class="error">{error.message}</p>
  const runs = value?.[0]?.runs.toReversed() ?? []
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Runs">
      <RunStrip name={view.name} runs={bars.value?.processes[0]?.runs ?? []} />
      <table>
        <thead>
          <tr>
            {['run', 'started', 'took', 'outcome', 'exit', 'why'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.runId}>
              <td class="number">{run.run}</td>
              <td>{timeWords(run.startedAt, nowMs)}</td>
              <td>{durationWords((run.endedAt === null ? nowMs : Date.parse(run.endedAt)) - Date.parse(run.startedAt))}</td>
              <td>
                {run.outcome === null ? 'lives' : statusWord(run.outcome)}
                {run.adopted && ' (adopted)'}
              </td>
              <td>{exitWords(run) ? exitFigure(run) : ''}</td>
              <td>{run.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
