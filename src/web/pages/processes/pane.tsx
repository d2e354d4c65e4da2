/** The chosen process beside the list: its reason, its runs, its load, and what it depends on. */

import { useEffect, useRef } from 'preact/hooks'
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { counted } from '../../../words/short.ts'
import { STATES, stateOf, statusWord } from '../../../words/states.ts'
import { durationWords, statusWords } from '../../../words/status.ts'
import { sentence } from '../../../words/text.ts'
import { request, useApp } from '../../app-state.ts'
import { Actions } from '../../parts/actions.tsx'
import { RunStrip } from '../../parts/drawings.tsx'
import { definitionFacts, Facts } from '../../parts/facts.tsx'
import { Icon, Mark } from '../../parts/icon.tsx'
import { Load } from '../../parts/load.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { isRelated, Relations } from '../../parts/related.tsx'
import { When } from '../../parts/when.tsx'
import { WhyCard } from '../../parts/why-card.tsx'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'

const RUNS = 5

export function Pane({ view, closeLink }: { view: ProcessView; closeLink: string }) {
  const { nowMs, known } = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const state = stateOf(view)
  const turn = `${view.id} ${view.run} ${view.status} ${known.link}`
  const runs = useAsked(turn, () => request('runs', { targets: [view.id] })).value?.processes[0]?.runs ?? []
  const detail = useAsked(`${turn} ${view.health}`, () => request('show', { targets: [view.id] })).value?.[0]
  // What opened is read out, and Tab leads into it.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const close = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && !event.defaultPrevented) location.hash = closeLink
  }
  return (
    <section class="detail panel" aria-label={view.name} onKeyDown={close}>
      <div class="d-head">
        <div class="bar">
          <h2 ref={heading} tabIndex={-1}>
            {view.name}
          </h2>
          <span class={`pill ${STATES[state].hue}`}>
            <Mark state={state} />
            {sentence(STATES[state].word)}
          </span>
          <span class="end bar">
            <a class="tool" href={linkTo(view.name)} aria-label={`own page of ${view.name}`} title="Its own page">
              <Icon name="open" />
            </a>
            <a class="tool" href={closeLink} aria-label="Close" title="Close (Esc)">
              <Icon name="x" />
            </a>
          </span>
        </div>
        <p class="quiet">
          {sentence(view.kind)}
          {view.project !== null && ` of ${view.project}`}, owned by {view.owner}
          {view.tags.length > 0 && ` · ${view.tags.join(', ')}`} · run {view.run}
          {view.pid !== null && ` · pid ${view.pid}`}
        </p>
        {view.title !== null && <p>{view.title}</p>}
        <div class="bar">
          <Actions view={view} />
        </div>
        <nav class="tabs" aria-label="About this process">
          {(['log', 'results', 'charts', 'runs'] as const).map((tab) => (
            <a key={tab} href={linkTo(view.name, tab)}>
              {sentence(tab)} {tab === 'results' && view.results > 0 && <span class="count">{view.results}</span>}
            </a>
          ))}
        </nav>
      </div>
      <div class="d-body">
        <WhyCard view={view} check={detail?.checks.find(({ failures }) => failures > 0) ?? null} />
        <ProgressBar view={view} />
        {runs.length > 0 && (
          <section aria-label="Runs">
            <div class="sub">
              <h3>Runs</h3>
              <small>{counted(view.restarts, 'restart')}</small>
            </div>
            <RunStrip name={view.name} runs={runs} />
            <ul class="runs-list">
              {runs
                .slice(-RUNS)
                .reverse()
                .map(({ run, startedAt, outcome, durationMs }) => (
                  <li key={run}>
                    <span class="num">{run}</span>
                    <span>
                      {outcome === null ? 'running' : statusWord(outcome)} {outcome === null ? 'for' : 'after'}{' '}
                      {durationWords(outcome === null ? nowMs - Date.parse(startedAt) : durationMs)}
                    </span>
                    <small>
                      <When at={startedAt} />
                    </small>
                  </li>
                ))}
            </ul>
          </section>
        )}
        <Load view={view} />
        {detail && isRelated(detail) && (
          <section aria-label="Needs and is needed by">
            <div class="sub">
              <h3>Needs and is needed by</h3>
            </div>
            <Relations detail={detail} />
          </section>
        )}
        <section aria-label="Definition">
          <div class="sub">
            <h3>Definition</h3>
          </div>
          <Facts facts={definitionFacts(view, detail)} />
        </section>
        {isEnded(view.status) && <p class="quiet">{sentence(statusWords(view, nowMs, true))}</p>}
      </div>
    </section>
  )
}
