/** One process: what it is, its condition, and everything it reported. */
import { useApp } from '../app-state.ts'
import { Actions } from '../parts/actions.tsx'
import { MoreControls } from '../parts/more-controls.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { StatusText } from '../parts/status-text.tsx'
import { linkTo, TABS, type Tab } from '../route.ts'
import { Charts } from './process/charts.tsx'
import { LogView } from './process/log-view.tsx'
import { Overview } from './process/overview.tsx'
import { Results } from './process/results.tsx'
import { Runs } from './process/runs.tsx'

export function ProcessPage({ name, tab }: { name: string; tab: Tab }) {
  const { known } = useApp()
  const view = [...known.views.values()].find((each) => each.name === name || each.id === name)
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
  const panels = {
    // Keyed by id: a process made again under the same name is another.
    overview: () => <Overview key={view.id} view={view} />,
    log: () => <LogView key={view.id} view={view} />,
    results: () => <Results key={view.id} view={view} />,
    charts: () => <Charts key={view.id} view={view} />,
    runs: () => <Runs key={view.id} view={view} />,
  }
  return (
    <>
      <div class="title">
        <h1>
          {view.title ?? view.name} {view.title !== null && <small>{view.name}</small>}
        </h1>
        <StatusText view={view} />
        <Actions view={view} />
        <MoreControls view={view} />
      </div>
      <ProgressBar view={view} />
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
