/** The chosen process beside the list: its reason, its runs, its load, and what it depends on. */

import { useEffect, useRef } from 'preact/hooks'
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { STATES, stateOf, statusWord } from '../../../words/states.ts'
import { durationWords, percentWords, sizeWords, statusWords } from '../../../words/status.ts'
import { quoteCommand, sentence } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import { request, useApp } from '../../app-state.ts'
import { cpuScale, memoryScale } from '../../drawings.ts'
import { counted } from '../../page-words.ts'
import { Actions } from '../../parts/actions.tsx'
import { RunStrip } from '../../parts/drawings.tsx'
import { Icon, Mark } from '../../parts/icon.tsx'
import { LoadChart } from '../../parts/load-chart.tsx'
import { ProgressBar } from '../../parts/progress-bar.tsx'
import { When } from '../../parts/when.tsx'
import { WhyCard } from '../../parts/why-card.tsx'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'

const HOUR_MS = 3_600_000
const RUNS = 5

export function Pane({ view, closeLink }: { view: ProcessView; closeLink: string }) {
  const { nowMs, known } = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const state = stateOf(view)
  const turn = `${view.id} ${view.run} ${view.status} ${known.link}`
  const runs = useAsked(turn, () => request('runs', { targets: [view.id] })).value?.processes[0]?.runs ?? []
  const detail = useAsked(`${turn} ${view.health}`, () => request('show', { targets: [view.id] })).value?.[0]
  const history = useAsked(`${turn} ${Math.floor(nowMs / 15_000)}`, () =>
    request('metrics.history', { targets: [view.id], sinceMs: Date.now() - HOUR_MS }),
  ).value
  const series = history?.processes[0]
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
        {history !== null && series !== undefined && (
          <div class="two">
            <LoadChart
              title="CPU"
              now={percentWords(view.cpuPercent)}
              values={series.cpuPercent}
              scale={cpuScale(series.cpuPercent)}
              words={percentWords}
              history={history}
            />
            <LoadChart
              title="Memory"
              now={sizeWords(view.memoryBytes)}
              values={series.memoryBytes}
              scale={memoryScale(series.memoryBytes)}
              words={sizeWords}
              history={history}
            />
          </div>
        )}
        {detail && (detail.definition.after.length > 0 || detail.neededBy.length > 0) && (
          <section aria-label="Needs and is needed by">
            <div class="sub">
              <h3>Needs and is needed by</h3>
            </div>
            <ul class="runs-list">
              {detail.definition.after.map(({ name, condition }) => (
                <Related key={`needs ${name}`} name={name} words={`must be ${condition} first`} />
              ))}
              {detail.neededBy.map(({ name, condition }) => (
                <Related key={`needed ${name}`} name={name} words={`waits for it to be ${condition}`} />
              ))}
            </ul>
          </section>
        )}
        <section aria-label="Definition">
          <div class="sub">
            <h3>Definition</h3>
          </div>
          <dl class="dl">
            {definitionOf(view, detail?.definition.restart).map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
        {isEnded(view.status) && <p class="quiet">{sentence(statusWords(view, nowMs, true))}</p>}
      </div>
    </section>
  )
}

const definitionOf = (view: ProcessView, restart: string | undefined): (readonly [label: string, value: string])[] => {
  const ports = view.ports.map(({ port, open }) => `${port}${open === false ? ' closed' : ''}`).join(', ')
  return [
    ['Command', quoteCommand(view.command)],
    ['Directory', view.cwd],
    ...(view.type === view.kind ? [] : [['Type', view.type] as const]),
    ...(ports === '' ? [] : [['Ports', ports] as const]),
    ...(view.kind === 'service' && restart ? [['Restart', restart] as const] : []),
    ['Created', timeWords(view.createdAt, Date.now())],
  ]
}

function Related({ name, words }: { name: string; words: string }) {
  const { known } = useApp()
  const view = [...known.views.values()].find((each) => each.name === name || each.fullName === name)
  return (
    <li>
      {view && <Mark state={stateOf(view)} named />}
      <a class="name" href={linkTo(name)}>
        {name}
      </a>
      <small>{words}</small>
    </li>
  )
}
