/** What happened to a process, and the last lines of the runs that failed. */
import type { ProcessView } from '../../../protocol/view.ts'
import { turnsOf } from '../../../words/happenings.ts'
import { failureWords } from '../../../words/status.ts'
import { timeWords } from '../../../words/time.ts'
import { request, useApp } from '../../app-state.ts'
import { Icon, Mark } from '../../parts/icon.tsx'
import { exactly } from '../../parts/when.tsx'
import { Lines } from '../../parts/why-card.tsx'
import { useAsked } from '../../use-asked.ts'

const MOST = 20

export function Happened({ view }: { view: ProcessView }) {
  const { nowMs, known } = useApp()
  const { value, error } = useAsked(`${view.id} ${view.run} ${view.status} ${view.health} ${known.link}`, () =>
    request('why', { targets: [view.id] }),
  )
  const why = value?.[0]
  return (
    <section class="panel" aria-labelledby="h-happened">
      <header>
        <h2 id="h-happened">What happened</h2>
        <small>Newest first; equal ones are one line</small>
      </header>
      {error !== null && <p class="error inside">{error.message}</p>}
      <ol class="lates happened">
        {why &&
          turnsOf(why, MOST).map(({ key, at, state, what, why: reason, count }) => (
            <li key={key}>
              <time class="num" dateTime={at} title={exactly(at)}>
                {timeWords(at, nowMs)}
              </time>
              {state === null ? <Icon name="user" /> : <Mark state={state} />}
              <span>
                <b>{what}</b> {reason}
                {count > 1 && <small> ({count} times)</small>}
              </span>
            </li>
          ))}
      </ol>
      {why?.failures.toReversed().map((failure) => (
        <details key={failure.run} class="also">
          <summary>
            Run {failure.run} {failureWords(failure)}: {failure.reason}
          </summary>
          {failure.lines.length === 0 ? <p class="quiet">Nothing on stderr.</p> : <Lines lines={failure.lines} />}
        </details>
      ))}
    </section>
  )
}
