/** Every process in a word, by project or owner; instances of a set are one. */
import { useState } from 'preact/hooks'
import { isEnded } from '../../../protocol/names.ts'
import { shortName } from '../../../protocol/project.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { type Cell, type Group, groupsOf } from '../../../words/groups.ts'
import { wholePercent } from '../../../words/progress.ts'
import { agoWords, roughly } from '../../../words/short.ts'
import { stateOf } from '../../../words/states.ts'
import { percentWords, sizeWords } from '../../../words/status.ts'
import { whyWords } from '../../../words/why.ts'
import { useSelected } from '../../app-state.ts'
import { StateBar } from '../../parts/drawings.tsx'
import { Mark } from '../../parts/icon.tsx'
import { linkTo, linkToPage } from '../../route.ts'

const WAYS = ['project', 'owner'] as const
/** Of a group, before it is cut: worst first, so what is cut is well. */
const MOST = 40

export function Projects({ views }: { views: readonly ProcessView[] }) {
  const [by, setBy] = useState<(typeof WAYS)[number]>('project')
  const groups = groupsOf(views, by)
  return (
    <section class="panel projects" aria-labelledby="h-projects">
      <header>
        <h2 id="h-projects">{by === 'project' ? 'Projects' : 'Owners'}</h2>
        <fieldset class="seg">
          <legend class="hidden">Group by</legend>
          {WAYS.map((way) => (
            <button key={way} type="button" aria-pressed={by === way} onClick={() => setBy(way)}>
              {way === 'project' ? 'Project' : 'Owner'}
            </button>
          ))}
        </fieldset>
      </header>
      {groups.map((group) => (
        <Part key={group.key} group={group} by={by} />
      ))}
    </section>
  )
}

function Part({ group, by }: { group: Group; by: 'project' | 'owner' }) {
  const { name, cells, states, cpu, memory } = group
  const shown = name === '' ? 'No project' : name
  return (
    <section class="project" aria-label={shown}>
      <header>
        <h3 class="cut">
          <a href={linkToPage('processes', name === '' ? {} : { [by]: name })} title={shown}>
            {shown}
          </a>
        </h3>
        <span class="quiet">{states.length}</span>
        <StateBar name={shown} states={states} />
        <span class="num quiet">{cpu > 0 && percentWords(cpu)}</span>
        <span class="num quiet">{memory > 0 && sizeWords(memory)}</span>
      </header>
      <ul class="cells">
        {cells.slice(0, MOST).map((cell) => (
          <CellOf key={cell.key} cell={cell} inProject={by === 'project'} />
        ))}
      </ul>
      {cells.length > MOST && (
        <p class="quiet">
          <a href={linkToPage('processes', { [by]: name })}>All {cells.length}</a>
        </p>
      )}
    </section>
  )
}

function CellOf({ cell, inProject }: { cell: Cell; inProject: boolean }) {
  const { name, views } = cell
  const worst = views[0]!
  const why = useSelected(({ nowMs, known }) => whyWords(worst, nowMs, known.link === 'away') || stateOf(worst))
  const fact = useSelected(({ nowMs }) => factOf(worst, nowMs))
  return (
    <li>
      <Mark state={stateOf(worst)} named />
      <a class="name cut" href={linkTo(worst.name)} title={`${name}: ${why}`}>
        {inProject ? shortName(name) : name}
      </a>
      {views.length > 1 && <span class="fold">× {views.length}</span>}
      <span class="fact">{fact}</span>
    </li>
  )
}

/** The one thing that is to be known of it. */
function factOf(view: ProcessView, nowMs: number): string {
  const { status, retry, progress, ports, queuePosition, endedAt, startedAt, kind, healthCheck } = view
  if (status === 'retrying' && retry !== null) return `in ${roughly(Math.max(1000, Date.parse(retry.nextAt) - nowMs))}`
  if (queuePosition !== null) return `position ${queuePosition}`
  if (isEnded(status)) return endedAt === null ? '' : agoWords(endedAt, nowMs)
  if (stateOf(view) === 'unhealthy') return healthCheck?.answer ?? ''
  if (progress?.percent != null) return wholePercent(progress.percent)
  if (ports.length > 0) return `:${ports[0]!.port}`
  return kind === 'service' || startedAt === null ? '' : roughly(Math.max(1000, nowMs - Date.parse(startedAt)))
}
