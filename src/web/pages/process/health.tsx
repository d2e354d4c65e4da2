/** Each check of a process: what it answered last, since when, and its last results. */
import { formatDuration } from '../../../protocol/duration.ts'
import type { CheckView, ProcessDetail } from '../../../protocol/view.ts'
import { counted, roughly } from '../../../words/short.ts'
import { useApp } from '../../app-state.ts'
import { checkBars } from '../../drawings.ts'
import { Mark } from '../../parts/icon.tsx'

const SIZE = { width: 240, height: 28 }

export function Health({ detail }: { detail: ProcessDetail }) {
  const { checks, readyAt } = detail
  if (checks.length === 0) return null
  const started = detail.runs.at(-1)?.startedAt
  return (
    <section class="panel" aria-labelledby="h-health">
      <header>
        <h2 id="h-health">Health</h2>
      </header>
      <ul class="checks">
        {checks.map((check) => (
          <Check key={check.check} check={check} />
        ))}
        {readyAt !== null && started !== undefined && (
          <li>
            <Mark state="done" />
            <b>Ready</b>
            <p>{formatDuration(Math.max(0, Date.parse(readyAt) - Date.parse(started)))} after its start.</p>
          </li>
        )}
      </ul>
    </section>
  )
}

function Check({ check: { check, answer, failures, since, results } }: { check: CheckView }) {
  const { nowMs } = useApp()
  const failed = results.filter(({ ok }) => !ok).length
  const bars = checkBars(results, SIZE.width, SIZE.height)
  return (
    <li class={failures > 0 ? 'bad' : 'run'}>
      <Mark state={failures > 0 ? 'unhealthy' : 'done'} />
      <b>{check}</b>
      <p>
        {answer} for {roughly(Math.max(1000, nowMs - Date.parse(since)))}
        {failures > 0 && `; ${counted(failures, 'check')} in a row failed`}
      </p>
      {results.length > 3 && (
        <svg
          class="count-bars"
          viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Of the last ${results.length} checks ${failed} failed`}
        >
          <path class="done" d={bars.done} />
          <path class="fail" d={bars.fail} />
        </svg>
      )}
    </li>
  )
}
