/** The first panel of a job: how far and how long; why it waits; or how it ended. */

import { isEnded } from '../../../../protocol/names.ts'
import type { ProcessView } from '../../../../protocol/view.ts'
import { STATES, stateOf } from '../../../../words/states.ts'
import { useApp } from '../../../app-state.ts'
import { goalOf, type Usual } from '../../../job/goal-words.ts'
import { linkTo } from '../../../route.ts'

export function Goal({ view, usual }: { view: ProcessView; usual: Usual | null }) {
  const { nowMs, known } = useApp()
  const isAway = known.link === 'away'
  const { now, more, left, leftMore, percent, below } = goalOf(view, usual, nowMs, isAway)
  const state = stateOf(view)
  return (
    <section class={`panel goal ${STATES[state].hue}`} aria-label="Progress">
      <p class="goal-now">
        <strong class={isEnded(view.status) || view.status === 'retrying' ? 'is' : undefined}>{now}</strong> {more}
      </p>
      <p class="goal-left">
        {left !== '' && <strong>{left}</strong>} {leftMore}
      </p>
      {percent !== null && (
        <progress
          max={100}
          {...(percent === undefined ? {} : { value: percent })}
          class={percent === undefined ? 'unknown' : view.status === 'paused' ? 'held' : undefined}
          aria-label={`Progress of ${view.name}`}
        />
      )}
      {below.length > 0 && <p class="quiet">{below.join(' · ')}</p>}
      <Holders view={view} />
    </section>
  )
}

/** Who has what it waits for. */
function Holders({ view }: { view: ProcessView }) {
  const { known } = useApp()
  const limit = view.queue?.limit ?? null
  if (view.status !== 'pending' || limit === null) return null
  const [what, name] = limit.split(' ')
  const holds = [...known.views.values()].filter(
    ({ kind, status, type, owner }) =>
      kind === 'job' &&
      (status === 'running' || status === 'starting' || status === 'completing' || status === 'paused') &&
      (what === 'global' || (what === 'type' && type === name) || (what === 'owner' && owner === name)),
  )
  if (holds.length === 0) return null
  return (
    <p class="quiet">
      Running now:{' '}
      {holds.slice(0, MOST).map((each, index) => (
        <span key={each.id}>
          {index > 0 && ', '}
          <a href={linkTo(each.name)}>{each.name}</a>
        </span>
      ))}
      {holds.length > MOST && ` and ${holds.length - MOST} others`}
    </p>
  )
}

const MOST = 8
