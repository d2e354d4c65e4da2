/** What the forms of bars mean, and from when on all runs are there. */

import { timeWords } from '../../../words/time.ts'
import { useNow } from '../../app-state.ts'
import { TOUCH, useMedia } from '../../parts/use-media.ts'

const FORMS: readonly (readonly [kind: string, d: string, word: string])[] = [
  ['run', 'M1 5h18v4h-18z', 'Service up'],
  ['run', 'M1 1h18v12h-18z', 'Job running'],
  ['done', 'M1 1h18v12h-18z', 'Ended well'],
  ['bad', 'M7 0h6v14h-6z', 'Failed'],
  ['lost', 'M1.5 1.5h17v11h-17z', 'Interrupted'],
  ['sick', 'M1.5 1.5h17v11h-17z', 'Unhealthy'],
  ['move', 'M1 1h18v12h-18z', 'Starting, stopping'],
  ['paused', 'M1 1h18v12h-18z', 'Paused'],
  ['wait', 'M1.5 1.5h17v11h-17z', 'Waiting'],
  ['plan', 'M1.5 1.5h17v11h-17z', 'Expected'],
  ['off', 'M1 4h18v6h-18z', 'Cancelled'],
]

export function Legend({ whole }: { whole: string | null }) {
  const nowMs = useNow(60_000)
  const isSmall = useMedia(TOUCH)
  return (
    <footer class="tl-foot">
      {whole !== null && (
        <p>
          All runs are shown from {timeWords(whole, nowMs)} on: there are more than one answer holds. A shorter time, or fewer
          processes, show all.
        </p>
      )}
      {isSmall ? (
        <details>
          <summary>What the forms mean</summary>
          <Forms />
        </details>
      ) : (
        <Forms />
      )}
    </footer>
  )
}

const Forms = () => (
  <ul class="legend" aria-label="Forms">
    {FORMS.map(([kind, d, word]) => (
      <li key={word}>
        <svg class="tl-bars" aria-hidden="true">
          <path class={kind} d={d} />
        </svg>
        {word}
      </li>
    ))}
  </ul>
)
