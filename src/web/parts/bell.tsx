/** The number of running or waiting jobs on the bell; below it the last ten that ended. */
import type { ProcessView } from '../../protocol/view.ts'
import { useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { activeWork, endedWork } from '../store.ts'
import { Popover } from './popover.tsx'
import { ProgressBar } from './progress-bar.tsx'
import { StatusText } from './status-text.tsx'

const ENDED = 10

export function Bell() {
  const { known } = useApp()
  const active = activeWork(known.views.values())
  const ended = endedWork(known.views.values(), ENDED)
  const label = active.length === 0 ? 'Jobs: none active' : `Jobs: ${active.length} active`
  return (
    <Popover
      label={label}
      face={
        <span class="bell">
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM10 20a2 2 0 0 0 4 0" />
          </svg>
          {active.length > 0 && <span class="badge">{active.length}</span>}
        </span>
      }
    >
      <h2>Active</h2>
      {active.length === 0 && <p class="empty">Nothing runs or waits.</p>}
      <WorkList views={active} />
      <h2>Ended</h2>
      {ended.length === 0 && <p class="empty">No job has ended lately.</p>}
      <WorkList views={ended} />
      {known.link === 'away' && <p class="empty">The daemon is away; this is what was known last.</p>}
    </Popover>
  )
}

function WorkList({ views }: { views: readonly ProcessView[] }) {
  return (
    <ul class="work">
      {views.map((view) => (
        <li key={view.id}>
          <a href={linkTo(view.name)}>{view.title ?? view.name}</a>
          <StatusText view={view} />
          <ProgressBar view={view} />
        </li>
      ))}
    </ul>
  )
}
