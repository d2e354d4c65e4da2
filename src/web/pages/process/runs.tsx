/** Its runs, the newest first, from the one that lives to the oldest that the history has. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { HistoryRow } from '../../../protocol/history.ts'
import { isLive } from '../../../protocol/names.ts'
import type { ProcessView, RunView } from '../../../protocol/view.ts'
import { STATES, type State, statusWord } from '../../../words/states.ts'
import { durationWords, exitFigure, exitWords } from '../../../words/status.ts'
import { sentence } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import { request, useApp } from '../../app-state.ts'
import { RunStrip } from '../../parts/drawings.tsx'
import { Mark } from '../../parts/icon.tsx'
import { exactly } from '../../parts/when.tsx'
import { linkTo } from '../../route.ts'
import { useAsked } from '../../use-asked.ts'

const PAGE = 100

/** `at`: the run that a link leads to. */
export function Runs({ view, at }: { view: ProcessView; at: number | null }) {
  const { known, nowMs } = useApp()
  const turn = `${view.id} ${view.run} ${view.status} ${known.link}`
  const bars = useAsked(turn, () => request('runs', { targets: [view.id] })).value?.processes[0]?.runs ?? []
  const { value, error } = useAsked(turn, () => request('show', { targets: [view.id] }))
  const { rows, more, older, failure } = useHistory(view, turn, at)
  const live = value?.[0]?.runs.filter(({ outcome }) => outcome === null) ?? []
  const isJob = view.kind === 'job'
  if (error !== null && value === null && known.link === 'here') return <p class="error">{error.message}</p>
  if (rows !== null && rows.length === 0 && live.length === 0) return <p class="nothing">It has not run yet.</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll runs" tabIndex={0} aria-label="Runs">
      <RunStrip name={view.name} runs={bars} />
      {failure !== null && known.link === 'here' && <p class="error">{failure.message}</p>}
      <table>
        <thead>
          <tr>
            {['Run', 'Began', 'Took', 'Outcome', 'Exit', ...(isJob ? ['Attempt', 'Results'] : []), 'Why', 'Log'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {live.toReversed().map((run) => (
            <Row key={run.runId} view={view} run={run} tookMs={nowMs - Date.parse(run.startedAt)} isMeant={run.run === at} />
          ))}
          {rows?.map((row) => (
            <Row key={row.runId} view={view} run={row} tookMs={row.durationMs} isMeant={row.run === at} />
          ))}
        </tbody>
      </table>
      {more && (
        <p class="inside">
          <button type="button" disabled={known.link !== 'here'} onClick={older}>
            Older runs
          </button>
        </p>
      )}
    </section>
  )
}

interface RowProps {
  view: ProcessView
  run: (RunView & { attempt?: undefined; results?: undefined }) | HistoryRow
  tookMs: number
  isMeant: boolean
}

function Row({ view, run, tookMs, isMeant }: RowProps) {
  const { nowMs } = useApp()
  const line = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (isMeant) line.current?.scrollIntoView({ block: 'center' })
  }, [isMeant])
  const state: State = run.outcome ?? (isLive(view.status) ? view.status : 'running')
  const { exitCode = null, signal = null } = run
  return (
    <tr ref={line} class={isMeant ? 'meant' : undefined} aria-current={isMeant ? 'true' : undefined}>
      <td class="number">{run.run}</td>
      <td>
        <time dateTime={run.startedAt} title={exactly(run.startedAt)}>
          {timeWords(run.startedAt, nowMs)}
        </time>
      </td>
      <td class="num">{durationWords(tookMs)}</td>
      <td>
        <span class={`status ${STATES[state].hue}`}>
          <Mark state={state} />
          <span>{sentence(run.outcome === null ? STATES[state].word : statusWord(run.outcome))}</span>
        </span>
        {'adopted' in run && run.adopted && <small> adopted</small>}
      </td>
      <td>{run.outcome !== null && exitWords({ ...view, ...run, exitCode, signal }) ? exitFigure({ exitCode, signal }) : ''}</td>
      {view.kind === 'job' && <td class="number">{run.attempt ?? ''}</td>}
      {view.kind === 'job' && <td class="number">{run.results || ''}</td>}
      <td class="why">{run.reason}</td>
      <td>
        <a href={linkTo(view.name, 'log', { run: String(run.run) })} aria-label={`Log of run ${run.run}`}>
          Log
        </a>
      </td>
    </tr>
  )
}

/** Pages of ended runs; as many as it takes to find the one that is meant. */
function useHistory(view: ProcessView, turn: string, at: number | null) {
  const [held, set] = useState<{ rows: HistoryRow[] | null; cursor: string | null; failure: Error | null }>({
    rows: null,
    cursor: null,
    failure: null,
  })
  const [wanted, setWanted] = useState(1)
  useEffect(() => {
    let over = false
    const run = async (): Promise<void> => {
      const rows: HistoryRow[] = []
      let cursor: string | null = null
      let pages = 0
      do {
        const page: { rows: HistoryRow[]; cursor: string | null } = await request('history', {
          targets: [view.id],
          max: PAGE,
          ...(cursor === null ? {} : { cursor }),
        })
        rows.push(...page.rows)
        cursor = page.cursor
        pages++
      } while (
        cursor !== null &&
        !over &&
        (pages < wanted || (at !== null && (rows.at(-1)?.run ?? 0) > at && pages < MOST_PAGES))
      )
      if (!over) set({ rows, cursor, failure: null })
    }
    run().catch((failure: Error) => over || set((before) => ({ ...before, failure })))
    return () => {
      over = true
    }
  }, [turn, wanted, at])
  return {
    rows: held.rows,
    failure: held.failure,
    more: held.cursor !== null,
    older: () => setWanted(Math.ceil((held.rows?.length ?? 0) / PAGE) + 1),
  }
}

/** Of what one link may ask for. */
const MOST_PAGES = 20
