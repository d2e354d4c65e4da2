/** News: what went wrong since this user last looked, in whichever browser, and the last that ended. */
import type { ComponentChildren } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { NewsEntry, NewsPage } from '../../protocol/overview.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { counted } from '../../words/short.ts'
import { STATES, type State, stateOf } from '../../words/states.ts'
import { sentence } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import { whyWords } from '../../words/why.ts'
import { useApp, useNow } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { endedWork } from '../store.ts'
import { lookedAt, useNews } from '../use-news.ts'
import { Icon, Mark } from './icon.tsx'
import { Popover } from './popover.tsx'
import { When } from './when.tsx'

const MOST_ENDED = 10

export function Bell() {
  const { known } = useApp()
  const nowMs = useNow(60_000)
  const news = useNews()
  // As of the opening: what is new stays marked for as long as it is looked at.
  const [opened, setOpened] = useState<Pick<NewsPage, 'seenAt' | 'fresh'> | null>(null)
  const [looked, setLooked] = useState('')
  const entries = news?.entries ?? []
  const isNew = ({ at, isNew: now }: NewsEntry): boolean => (opened === null ? now : at > (opened.seenAt ?? ''))
  const fresh = entries.filter(isNew)
  const before = entries.filter((entry) => !isNew(entry))
  // The answer of before the last look says less than is known here.
  const count = opened !== null || (entries[0]?.at ?? '') <= looked ? 0 : (news?.fresh ?? 0)
  const ended = useMemo(() => endedWork(known.views.values(), MOST_ENDED), [known.views, known.turn])
  const look = (open: boolean): void => {
    if (news !== null && entries[0] !== undefined) {
      setLooked(entries[0].at)
      void lookedAt(news)
    }
    setOpened(open ? (news ?? { seenAt: null, fresh: 0 }) : null)
  }
  return (
    <Popover
      label={count === 0 ? 'News: nothing went wrong since you last looked' : `News: ${count} went wrong since you last looked`}
      title="News"
      onToggle={look}
      face={
        <>
          <Icon name="bell" />
          {count > 0 && <span class="badge">{count > 99 ? '99+' : count}</span>}
        </>
      }
    >
      <h2>{opened?.seenAt ? `New since ${timeWords(opened.seenAt, nowMs)}` : 'New'}</h2>
      {fresh.length === 0 && <p class="empty">Nothing went wrong since you last looked.</p>}
      <List label="New" of={fresh} />
      {opened !== null && opened.fresh > fresh.length && (
        <p class="quiet">
          and <a href="#/timeline">{counted(opened.fresh - fresh.length, 'other')}</a>
        </p>
      )}
      {before.length > 0 && <h2>Before</h2>}
      <List label="Before" of={before} />
      <h2>Ended</h2>
      {ended.length === 0 && <p class="empty">No job has ended lately.</p>}
      <ul class="work" aria-label="Ended">
        {ended.map((view) => (
          <Ended key={view.id} view={view} />
        ))}
      </ul>
      {known.link === 'away' && <p class="empty">The daemon is away; this is what was known last.</p>}
    </Popover>
  )
}

const List = ({ label, of: entries }: { label: string; of: readonly NewsEntry[] }) => (
  <ul class="work" aria-label={label}>
    {entries.map(({ id, fullName, what, at, reason, count }) => {
      const state: State = what === 'crash-loop' ? 'crash loop' : what
      const often = count > 1 ? counted(count, 'time') : ''
      return (
        <Entry key={`${id} ${at}`} name={fullName} state={state} at={at} isNew={label === 'New'} does={STATES[state].clause}>
          {sentence([reason, often].filter(Boolean).join(', '))}
        </Entry>
      )
    })}
  </ul>
)

function Ended({ view }: { view: ProcessView }) {
  const { nowMs, known } = useApp()
  return (
    <Entry name={view.name} state={stateOf(view)} at={view.endedAt!} isNew={false}>
      {whyWords(view, nowMs, known.link === 'away')}
    </Entry>
  )
}

interface EntryProps {
  name: string
  state: State
  at: string
  isNew: boolean
  /** Behind the name; else the mark alone says it. */
  does?: string
  children: ComponentChildren
}

const Entry = ({ name, state, at, isNew, does, children }: EntryProps) => (
  <li class={isNew ? 'new' : undefined}>
    <Mark state={state} named={does === undefined} />
    <span class="cut">
      <a class="name" href={linkTo(name)}>
        {name}
      </a>{' '}
      {does}
    </span>
    <small>
      <When at={at} />
    </small>
    <p>{children}</p>
  </li>
)
