/** One process: the reason for its state, its history, and its definition; of a job also how far it is and what came out. */
import type { ComponentChildren } from 'preact'
import { givenMetadata } from '../../../protocol/file-key.ts'
import type { StatsRow } from '../../../protocol/history.ts'
import type { ProcessDetail, ProcessView } from '../../../protocol/view.ts'
import { counted } from '../../../words/short.ts'
import { percentWords, portWords, sizeWords } from '../../../words/status.ts'
import { request, useApp } from '../../app-state.ts'
import { RunStrip } from '../../parts/drawings.tsx'
import { definitionFacts, Facts } from '../../parts/facts.tsx'
import { LoadPanel } from '../../parts/load.tsx'
import { isRelated, Relations } from '../../parts/related.tsx'
import { WhyCard } from '../../parts/why-card.tsx'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'
import { Happened } from './happened.tsx'
import { Health } from './health.tsx'
import { Attempts, LogTail, Steps, UsualRuns, useAttempts } from './job/panels.tsx'
import { ResultsPanel } from './job/results-panel.tsx'
import { Sockets } from './sockets.tsx'

/** `stats`: of a job, what its runs usually take. */
export function Overview({ view, stats }: { view: ProcessView; stats: StatsRow | null }) {
  const { known } = useApp()
  // Pushed views lack steps and descendants; an event about this process triggers a reload.
  const last = known.events.findLast(({ id }) => id === view.id)?.key ?? 0
  const turn = `${view.id} ${view.run} ${view.status} ${view.health} ${known.link}`
  const detail = useAsked(`${turn} ${last}`, () => request('show', { targets: [view.id] })).value?.[0]
  const runs = useAsked(turn, () => request('runs', { targets: [view.id] })).value?.processes[0]?.runs ?? []
  const isJob = view.kind !== 'service'
  return (
    <div class="overview">
      <div class="main-part">
        <WhyCard view={view} check={detail?.checks.find(({ failures }) => failures > 0) ?? null} />
        {view.error !== null && !view.reason?.includes(view.error.message) && <p class="error">{view.error.message}</p>}
        {detail && <Sockets view={view} detail={detail} />}
        {isJob && <JobAttempts view={view} />}
        {detail && <Steps view={view} detail={detail} />}
        {isJob && <ResultsPanel view={view} />}
        {!isJob && <LoadPanel view={view} />}
        {!isJob && runs.length > 0 && (
          <section class="panel" aria-labelledby="h-runs">
            <header>
              <h2 id="h-runs">Runs</h2>
              <small>
                <a href={linkTo(view.name, 'runs')}>{view.restarts > 0 ? counted(view.restarts, 'restart') : 'All runs'}</a>
              </small>
            </header>
            <div class="inside">
              <RunStrip name={view.name} runs={runs} />
            </div>
          </section>
        )}
        <Happened view={view} />
      </div>
      <Side view={view} detail={detail}>
        {isJob && <UsualRuns view={view} runs={runs} stats={stats} />}
        {isJob && <LogTail view={view} />}
        {isJob && view.pid !== null && <LoadPanel view={view} />}
      </Side>
    </div>
  )
}

function JobAttempts({ view }: { view: ProcessView }) {
  const rows = useAttempts(view)
  return <Attempts view={view} rows={rows} />
}

interface SideProps {
  view: ProcessView
  detail: ProcessDetail | undefined
  children: ComponentChildren
}

function Side({ view, detail, children }: SideProps) {
  const metadata = givenMetadata(view.metadata)
  return (
    <div class="side">
      {children}
      {detail && <Health detail={detail} />}
      {detail && isRelated(detail) && (
        <section class="panel" aria-labelledby="h-related">
          <header>
            <h2 id="h-related">Needs, and is needed by</h2>
          </header>
          <div class="inside">
            <Relations detail={detail} />
          </div>
        </section>
      )}
      <section class="panel" aria-labelledby="h-definition">
        <header>
          <h2 id="h-definition">Definition</h2>
        </header>
        <div class="inside">
          <Facts facts={[['Number', String(view.number)], ...definitionFacts(view, detail)]} />
        </div>
      </section>
      {detail && detail.descendants.length > 0 && <Descendants view={view} detail={detail} />}
      {Object.keys(metadata).length > 0 && (
        <section class="panel" aria-labelledby="h-metadata">
          <header>
            <h2 id="h-metadata">Metadata</h2>
          </header>
          <pre class="inside">{JSON.stringify(metadata, null, 2)}</pre>
        </section>
      )}
    </div>
  )
}

/** What lives of it, and what it uses in all. */
function Descendants({ view, detail }: { view: ProcessView; detail: ProcessDetail }) {
  const disk = view.diskReadBytes !== null && `${sizeWords(view.diskReadBytes)} read, ${sizeWords(view.diskWriteBytes)} written`
  return (
    <section class="panel" aria-labelledby="h-live">
      <header>
        <h2 id="h-live">This run</h2>
        <small>{counted(detail.descendants.length, 'process', 'processes')}</small>
      </header>
      <div class="inside">
        <Facts
          facts={[
            ['CPU', view.cpuPercent !== null && percentWords(view.cpuPercent)],
            ['Memory', view.memoryBytes !== null && sizeWords(view.memoryBytes)],
            ['Disk', disk],
            ['Ports', view.ports.map((port) => portWords(port, view.pid)).join(', ')],
          ]}
        />
        <ul class="tree">
          {detail.descendants.map((one) => (
            <li key={one.pid} title={one.command} data-depth={Math.min(one.depth, 6)}>
              <code>{one.pid}</code> <small>{sizeWords(one.memoryBytes)}</small> {one.command}
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
