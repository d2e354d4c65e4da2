/** What needs somebody: why, its last lines, and what can be done about it. */
import { useState } from 'preact/hooks'
import { shortName } from '../../../protocol/project.ts'
import type { CheckView, ProcessView } from '../../../protocol/view.ts'
import { worstFirst } from '../../../words/groups.ts'
import { counted } from '../../../words/short.ts'
import { needsSomebody, STATES, stateOf } from '../../../words/states.ts'
import { sentence } from '../../../words/text.ts'
import { reasonOf } from '../../../words/why.ts'
import { request, useApp, useNow } from '../../app-state.ts'
import { Icon, Mark } from '../../parts/icon.tsx'
import { markSeen, RowActions } from '../../parts/row-actions.tsx'
import { When } from '../../parts/when.tsx'
import { Lines } from '../../parts/why-card.tsx'
import { mayAct } from '../../rights.ts'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'

const MOST = 20

export function Needs({ views }: { views: readonly ProcessView[] }) {
  const { session } = useApp()
  const [all, setAll] = useState(false)
  const wrong = views.filter(needsSomebody).sort((a, b) => worstFirst(a, b))
  const fresh = wrong.filter(({ seen }) => seen == null)
  const seen = wrong.filter(({ seen: mark }) => mark != null)
  const checks = useChecks(fresh)
  if (wrong.length === 0) return null
  const own = fresh.filter((view) => session && mayAct(session, view))
  return (
    <section class="panel needs" aria-labelledby="h-needs">
      <header>
        <h2 id="h-needs">Needs you</h2>
        {own.length > 1 ? (
          <button type="button" class="plain" onClick={() => void markSeen(own, true)}>
            <Icon name="eye" />
            Mark all as seen
          </button>
        ) : (
          <small>Worst first</small>
        )}
      </header>
      {(all ? fresh : fresh.slice(0, MOST)).map((view) => (
        <Need key={view.id} view={view} check={checks.get(view.id) ?? null} />
      ))}
      {!all && fresh.length > MOST && (
        <div class="also">
          <button type="button" class="plain" onClick={() => setAll(true)}>
            {counted(fresh.length - MOST, 'more process', 'more processes')}
          </button>
        </div>
      )}
      {seen.length > 0 && (
        <details class="also">
          <summary>{counted(seen.length, 'process is', 'processes are')} marked as seen</summary>
          <ul>
            {seen.map((view) => (
              <li key={view.id}>
                <Mark state={stateOf(view)} named />
                <a class="name" href={linkTo(view.name)}>
                  {view.name}
                </a>
                <span class="quiet">seen by {view.seen!.by}</span>
                {session && mayAct(session, view) && (
                  <button
                    type="button"
                    class="plain"
                    aria-label={`show ${view.name} again`}
                    onClick={() => void markSeen([view], false)}
                  >
                    Show again
                  </button>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

/** The failing check of what is unhealthy, which views do not have. */
function useChecks(views: readonly ProcessView[]): Map<string, CheckView> {
  const { known } = useApp()
  const nowMs = useNow(10_000)
  const ids = views.filter((view) => stateOf(view) === 'unhealthy').map(({ id }) => id)
  const key = `${ids.join(' ')} ${ids.length === 0 ? '' : nowMs} ${known.link}`
  const { value } = useAsked(key, () => (ids.length === 0 ? Promise.resolve([]) : request('show', { targets: ids })))
  return new Map(
    (value ?? []).flatMap(({ id, checks }) => {
      const failing = checks.find(({ failures }) => failures > 0)
      return failing === undefined ? [] : [[id, failing] as const]
    }),
  )
}

function Need({ view, check }: { view: ProcessView; check: CheckView | null }) {
  const { nowMs, known, session } = useApp()
  const state = stateOf(view)
  const { hue, word } = STATES[state]
  const { failure } = view
  const lines = failure?.lines ?? []
  const whose = [view.project, view.owner].filter(Boolean).join(', ')
  return (
    <article class={`need ${hue}`} aria-label={view.name}>
      <Mark state={state} />
      <h3>
        <a href={linkTo(view.name)}>{view.project === null ? view.name : shortName(view.name)}</a>{' '}
        <span class="is">{sentence(word)}</span>
      </h3>
      <p class="meta">
        {whose} · <When at={failure?.at ?? check?.since ?? view.since} />
      </p>
      <div class="acts">
        <RowActions view={view}>
          {session && mayAct(session, view) && (
            <button
              type="button"
              class="tool"
              disabled={known.link !== 'here'}
              title="Seen: not shown until it happens again"
              aria-label={`mark ${view.name} as seen`}
              onClick={() => void markSeen([view], true)}
            >
              <Icon name="eye" />
            </button>
          )}
        </RowActions>
      </div>
      <p class="why">{reasonOf(view, check, nowMs, known.link === 'away')}</p>
      {lines.length > 0 && <Lines lines={lines} />}
    </article>
  )
}
