/** All running work with the progress of its steps and its latest message: for a second screen. */
import { isEnded } from '../../protocol/names.ts'
import { durationWords, percentWords, sizeWords, uptimeMs } from '../../words/status.ts'
import { useApp } from '../app-state.ts'
import { Actions } from '../parts/actions.tsx'
import { ProgressBar } from '../parts/progress-bar.tsx'
import { StatusText } from '../parts/status-text.tsx'
import { linkTo } from '../route.ts'
import { activeWork } from '../store.ts'

export function RunningPage() {
  const { known, nowMs } = useApp()
  const work = activeWork(known.views.values())
  const services = [...known.views.values()].filter((view) => view.kind === 'service' && !isEnded(view.status)).length
  return (
    <>
      <h1>Running now</h1>
      <p class="empty">
        {work.length} {work.length === 1 ? 'job' : 'jobs'}, {services} {services === 1 ? 'service' : 'services'}
      </p>
      <div class="cards">
        {work.map((view) => (
          <article key={view.id} class="card" aria-label={view.name}>
            <h2>
              <a href={linkTo(view.name)}>{view.title ?? view.name}</a>
            </h2>
            <StatusText view={view} />
            <ProgressBar view={view} />
            <dl class="facts">
              <dt>Elapsed</dt>
              <dd>{durationWords(uptimeMs(view, nowMs))}</dd>
              <dt>Results</dt>
              <dd>
                <a href={linkTo(view.name, 'results')}>{view.results}</a>
              </dd>
              <dt>CPU</dt>
              <dd>{percentWords(view.cpuPercent)}</dd>
              <dt>Memory</dt>
              <dd>{sizeWords(view.memoryBytes)}</dd>
            </dl>
            <Actions view={view} />
          </article>
        ))}
      </div>
    </>
  )
}
