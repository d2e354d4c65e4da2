/** News: what went wrong since this browser last looked, and the last that ended. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { counted } from '../../words/short.ts'
import { stateOf } from '../../words/states.ts'
import { whyWords } from '../../words/why.ts'
import { remember, useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { endedWork, wentWrong } from '../store.ts'
import { Icon, Mark } from './icon.tsx'
import { Popover } from './popover.tsx'
import { When } from './when.tsx'

const MOST = 10

export function Bell() {
  const { known, settings } = useApp()
  // As of the opening: what is new stays marked for as long as it is looked at.
  const [sinceMs, setSinceMs] = useState<number | null>(null)
  const wrong = wentWrong(known.views.values())
  const isNew = ({ at }: { at: string }): boolean => Date.parse(at) > (sinceMs ?? settings.newsMs)
  const count = sinceMs === null ? wrong.filter(isNew).length : 0
  const ended = endedWork(known.views.values(), MOST)
  return (
    <Popover
      label={count === 0 ? 'News: nothing went wrong since you last looked' : `News: ${count} went wrong since you last looked`}
      title="News"
      onToggle={(open) => {
        if (open) setSinceMs(settings.newsMs)
        else {
          setSinceMs(null)
          remember({ newsMs: Date.now() })
        }
      }}
      face={
        <>
          <Icon name="bell" />
          {count > 0 && <span class="badge">{count}</span>}
        </>
      }
    >
      <h2>Went wrong</h2>
      {wrong.length === 0 && <p class="empty">Nothing is wrong.</p>}
      <ul class="work">
        {wrong.slice(0, MOST).map((each) => (
          <Entry key={each.view.id} {...each} isNew={isNew(each)} />
        ))}
      </ul>
      {wrong.length > MOST && (
        <p class="quiet">
          and <a href="#/overview">{counted(wrong.length - MOST, 'other')}</a>
        </p>
      )}
      <h2>Ended</h2>
      {ended.length === 0 && <p class="empty">No job has ended lately.</p>}
      <ul class="work">
        {ended.map((view) => (
          <Entry key={view.id} view={view} at={view.endedAt!} isNew={false} />
        ))}
      </ul>
      {known.link === 'away' && <p class="empty">The daemon is away; this is what was known last.</p>}
    </Popover>
  )
}

function Entry({ view, at, isNew }: { view: ProcessView; at: string; isNew: boolean }) {
  const { nowMs, known } = useApp()
  return (
    <li class={isNew ? 'new' : undefined}>
      <Mark state={stateOf(view)} named />
      <a class="name cut" href={linkTo(view.name)}>
        {view.name}
      </a>
      <small>
        <When at={at} />
      </small>
      <p>{whyWords(view, nowMs, known.link === 'away')}</p>
    </li>
  )
}
