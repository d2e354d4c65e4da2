/** Progress; striped while unknown, and the time of its end once it has ended. */

import { isEnded } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../../words/progress.ts'
import { timeWords } from '../../words/time.ts'
import { useApp } from '../app-state.ts'

export function ProgressBar({ view }: { view: ProcessView }) {
  const { nowMs } = useApp()
  const { progress } = view
  const over = isEnded(view.status)
  const shown = progress !== null || (view.kind !== 'service' && (over || view.status === 'running'))
  if (!shown) return null
  if (over)
    return (
      <span class="progress-words">
        {progress?.percent != null && view.status !== 'done' && `${wholePercent(progress.percent)}, `}
        {view.endedAt !== null && <>finished at {timeWords(view.endedAt, nowMs)}</>}
      </span>
    )
  const percent = progress?.percent ?? null
  const words = [
    percent === null ? null : wholePercent(percent),
    progress === null ? null : amountWords(progress),
    progress === null ? null : outlookWords(progress),
    progress?.message ?? null,
  ].filter((part) => part !== null)
  return (
    <span class="progress">
      {/* Without a value the progress is indeterminate, for screen readers too. */}
      <progress
        max={100}
        {...(percent === null ? {} : { value: percent })}
        class={percent === null ? 'unknown' : undefined}
        aria-label={`Progress of ${view.name}`}
      />
      <span class="progress-words">{words.join(' · ')}</span>
    </span>
  )
}
