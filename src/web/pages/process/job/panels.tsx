/** A job's own parts of the overview: steps, attempts, what came out, the last lines, and what its runs usually take. */
import type { HistoryRow, StatsRow } from '../../../../protocol/history.ts'
import { isEnded, isLive } from '../../../../protocol/names.ts'
import type { RunBar } from '../../../../protocol/overview.ts'
import type { ProcessDetail, ProcessView } from '../../../../protocol/view.ts'
import { counted, shareWords } from '../../../../words/short.ts'
import { durationWords } from '../../../../words/status.ts'
import { plainText } from '../../../ansi.ts'
import { request, useApp } from '../../../app-state.ts'
import { attemptsFall, stepsFall, stepsWords } from '../../../job/waterfall.ts'
import { RunStrip } from '../../../parts/drawings.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { linkTo } from '../../../route.ts'
import { useAsked } from '../../../use-asked.ts'
import { Falls } from './falls.tsx'

export function Steps({ view, detail }: { view: ProcessView; detail: ProcessDetail }) {
  const { nowMs } = useApp()
  if (detail.steps.length === 0) return null
  const endMs = view.endedAt === null ? null : Date.parse(view.endedAt)
  const asOf = endMs ?? nowMs
  const expected =
    isLive(view.status) && view.progress?.etaMs != null && !view.progress.stalled ? nowMs + view.progress.etaMs : null
  const startedMs = Date.parse(view.startedAt ?? view.createdAt)
  return (
    <section class="panel" aria-labelledby="h-steps">
      <header>
        <h2 id="h-steps">Steps</h2>
        <small>{stepsWords(detail.steps)}</small>
      </header>
      <Falls waterfall={stepsFall(detail.steps, startedMs, asOf, expected ?? endMs)} label="Steps" />
    </section>
  )
}

export function Attempts({ view, rows }: { view: ProcessView; rows: readonly HistoryRow[] }) {
  const { nowMs } = useApp()
  const expected = view.progress?.etaMs != null && !view.progress.stalled ? nowMs + view.progress.etaMs : null
  const waterfall = attemptsFall(view, rows, nowMs, expected)
  if (waterfall === null) return null
  const count = waterfall.falls.length
  return (
    <section class="panel" aria-labelledby="h-attempts">
      <header>
        <h2 id="h-attempts">Attempts</h2>
        <small>{count === 1 ? 'It waited for its turn' : `${count} and the time between them`}</small>
      </header>
      <Falls waterfall={waterfall} label="Attempts" />
    </section>
  )
}

export function UsualRuns({ view, runs, stats }: { view: ProcessView; runs: readonly RunBar[]; stats: StatsRow | null }) {
  if (runs.length === 0 && (stats === null || stats.runs === 0)) return null
  const { p50Ms = null, p95Ms = null, runs: count = 0, done = 0 } = stats ?? {}
  return (
    <section class="panel" aria-labelledby="h-usual">
      <header>
        <h2 id="h-usual">Runs</h2>
        <small>
          <a href={linkTo(view.name, 'runs')}>All runs</a>
        </small>
      </header>
      <div class="inside">
        <RunStrip name={view.name} runs={runs} />
        <Facts
          facts={[
            ['Usually', p50Ms !== null && count > 1 && `${durationWords(Math.round(p50Ms))} (half of ${counted(count, 'run')})`],
            ['95% within', p95Ms !== null && count > 1 && durationWords(Math.round(p95Ms))],
            ['Done', count > 0 && `${done} of ${count}, ${shareWords(done, count)}`],
          ]}
        />
      </div>
    </section>
  )
}

const TAIL = 8
/** What a program reports of itself is shown in its own place, so more lines are read than are shown. */
const READ = 40
const isReport = (text: string): boolean => text.startsWith('::ptrack ')
const AGAIN_MS = 3000

/** The last lines; all of them are in its log. */
export function LogTail({ view }: { view: ProcessView }) {
  const { known, nowMs } = useApp()
  const turn = isEnded(view.status) ? 0 : Math.floor(nowMs / AGAIN_MS)
  const { value, error } = useAsked(`${view.id} ${view.run} ${view.status} ${known.link} ${turn}`, () =>
    request('logs.read', { targets: [view.id], tail: READ }),
  )
  if (value === null && (error === null || known.link !== 'here')) return null
  const lines = (value?.lines ?? []).filter(({ text }) => !isReport(text)).slice(-TAIL)
  return (
    <section class="panel" aria-labelledby="h-tail">
      <header>
        <h2 id="h-tail">Log</h2>
        <small>
          <a href={linkTo(view.name, 'log')}>All of it</a>
        </small>
      </header>
      {error !== null && value === null && <p class="error inside">{error.message}</p>}
      {value !== null && lines.length === 0 && (
        <p class="quiet inside">Nothing {value.lines.length > 0 && 'but reports '}has been written yet.</p>
      )}
      {lines.length > 0 && (
        <ol class="lines tail">
          {lines.map(({ text, stream }, index) => (
            <li key={index} class={stream === 'err' ? 'from-err' : undefined}>
              {plainText(text)}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

/** What the runs of a job of this name took; asked for again when one has ended. */
export function useStats(view: ProcessView): StatsRow | null {
  const { known } = useApp()
  const isJob = view.kind !== 'service'
  const ended = isEnded(view.status) || view.status === 'retrying'
  const { value } = useAsked(`${view.id} ${view.run} ${ended} ${known.link === 'here'}`, () =>
    isJob && known.link === 'here' ? request('stats', { name: view.name }) : Promise.resolve(null),
  )
  return value?.all ?? null
}

/** As many as attempts are shown. */
const ATTEMPTS = 30

export function useAttempts(view: ProcessView): readonly HistoryRow[] {
  const { known } = useApp()
  const { value } = useAsked(`${view.id} ${view.run} ${view.status} ${known.link === 'here'}`, () =>
    known.link === 'here' ? request('history', { targets: [view.id], max: ATTEMPTS }) : Promise.resolve(null),
  )
  return value?.rows ?? []
}
