/** One process: what it is, its condition, and everything it reported. */
import { isEnded } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { urlOfPort } from '../../words/local-url.ts'
import { STATES, stateOf } from '../../words/states.ts'
import { durationWords, exitWords, percentWords, sizeWords, uptimeMs } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import { useApp } from '../app-state.ts'
import { Actions } from '../parts/actions.tsx'
import { Icon, Mark } from '../parts/icon.tsx'
import { MoreControls } from '../parts/more-controls.tsx'
import { linkTo, linkToPage, type Query, TABS, type Tab } from '../route.ts'
import { viewOf } from '../titles.ts'
import { Charts } from './process/charts.tsx'
import { Goal } from './process/job/goal.tsx'
import { useStats } from './process/job/panels.tsx'
import { LogView } from './process/log-view.tsx'
import { Overview } from './process/overview.tsx'
import { Results } from './process/results.tsx'
import { Runs } from './process/runs.tsx'

export function ProcessPage({ name, tab, query }: { name: string; tab: Tab; query: Query }) {
  const { known } = useApp()
  const view = viewOf(known.views.values(), name)
  if (view === undefined)
    return (
      <div class="nothing">
        <h1>{name}</h1>
        <p>{known.link === 'here' ? 'There is no such process.' : 'Not known yet.'}</p>
        <p>
          <a href="#/processes">All processes</a>
        </p>
      </div>
    )
  return <Found key={view.id} view={view} tab={tab} query={query} />
}

function Found({ view, tab, query }: { view: ProcessView; tab: Tab; query: Query }) {
  const state = stateOf(view)
  const isJob = view.kind !== 'service'
  const stats = useStats(view)
  const panels = {
    // Keyed by id: a process made again under the same name is another.
    overview: () => <Overview key={view.id} view={view} stats={stats} />,
    log: () => <LogView key={view.id} view={view} query={query} />,
    results: () => <Results key={view.id} view={view} />,
    charts: () => <Charts key={view.id} view={view} />,
    runs: () => <Runs key={view.id} view={view} at={query.run === undefined ? null : Number(query.run)} />,
  }
  return (
    <>
      <div class="title">
        <p class="crumbs">
          <a href="#/processes">Processes</a>
          {view.project !== null && (
            <>
              {' / '}
              <a href={linkToPage('processes', { project: view.project })}>{view.project}</a>
            </>
          )}
        </p>
        <h1 tabIndex={-1}>{view.name}</h1>
        <span class={`pill ${STATES[state].hue}`}>
          <Mark state={state} />
          {sentence(STATES[state].word)}
        </span>
        {view.title !== null && <span class="quiet">{view.title}</span>}
        <span class="actions end">
          <Actions view={view} />
          <MoreControls view={view} />
        </span>
      </div>
      {isJob && <Goal view={view} usual={stats} />}
      <Chips view={view} />
      {view.description !== null && <p>{view.description}</p>}
      <nav class="tabs" aria-label="About this process">
        {TABS.map((each) => (
          <a key={each} href={linkTo(view.name, each)} aria-current={tab === each ? 'page' : undefined}>
            {each} {each === 'results' && view.results > 0 && <span class="count">{view.results}</span>}
          </a>
        ))}
      </nav>
      {panels[tab]()}
    </>
  )
}

/** What one looks for first: where it is met, how long it is up, whose it is. */
function Chips({ view }: { view: ProcessView }) {
  const { nowMs } = useApp()
  const up = uptimeMs(view, nowMs)
  const pairs: (readonly [string, string | number | null])[] = [
    [isEnded(view.status) ? 'Took' : 'Up', up === null ? null : durationWords(up)],
    ['Run', view.run > 0 ? view.run : null],
    ['Attempt', view.kind === 'job' && view.restarts > 0 ? view.restarts + 1 : null],
    ['CPU', view.cpuPercent === null || isEnded(view.status) ? null : percentWords(view.cpuPercent)],
    ['Memory', view.memoryBytes === null || isEnded(view.status) ? null : sizeWords(view.memoryBytes)],
    ['Pid', view.pid],
    ['Exit', isEnded(view.status) ? (exitWords(view)?.replace(/^exit /, '') ?? null) : null],
    ['Next run', view.nextRunAt === null ? null : timeWords(view.nextRunAt, nowMs)],
    ['Owner', view.owner],
    [view.tags.length > 1 ? 'Tags' : 'Tag', view.tags.join(', ') || null],
  ]
  return (
    <p class="chips">
      {view.ports.map(({ port, open }) => {
        const url = open === false ? null : urlOfPort(port, view.command)
        return url === null ? (
          <span key={port}>
            Port <b>{port}</b>
          </span>
        ) : (
          <a key={port} class="port" href={url} target="_blank" rel="noreferrer">
            <Icon name="open" />
            localhost:{port}
          </a>
        )
      })}
      {pairs.map(
        ([label, value]) =>
          value !== null && (
            <span key={label}>
              {label} <b>{value}</b>
            </span>
          ),
      )}
    </p>
  )
}
