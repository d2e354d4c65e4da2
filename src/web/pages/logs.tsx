/** What several processes wrote, in one, by time; which ones, which time and which words are in the address. */
import { useRef } from 'preact/hooks'
import { shortName } from '../../protocol/project.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { counted } from '../../words/short.ts'
import { useApp } from '../app-state.ts'
import { type Choices, choicesOf, chosenViews, queryOfChoices, writtenChoice } from '../logs/choices.ts'
import type { LogSource } from '../logs/feed.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { Icon } from '../parts/icon.tsx'
import { LogBoard } from '../parts/log-board.tsx'
import { Popover } from '../parts/popover.tsx'
import { useMedia, WIDE } from '../parts/use-media.ts'
import { linkToPage, type Query, replaceRoute } from '../route.ts'
import '../style/logs.css'
import { Sources } from './logs/sources.tsx'

export function LogsPage({ query }: { query: Query }) {
  const { known } = useApp()
  const wide = useMedia(WIDE)
  const all = [...known.views.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  const chosen = useChosen(all, query.of)
  const choices = choicesOf(query)
  const goTo = (next: Record<string, string | undefined>, isTyped: boolean): void => {
    const link = linkToPage('logs', next)
    if (isTyped) replaceRoute(link)
    else location.hash = link
  }
  const change = (changes: Partial<Choices>, isTyped = false): void =>
    goTo({ of: query.of, ...queryOfChoices({ ...choices, ...changes }) }, isTyped)
  const choose = (ids: ReadonlySet<string>): void =>
    goTo({ of: writtenChoice(all, ids) || 'none', ...queryOfChoices(choices) }, false)
  if (all.length === 0) return known.listed ? <FirstSteps /> : <p class="nothing">Not known yet.</p>
  const source: LogSource | null =
    chosen.length === 0
      ? null
      : {
          targets: chosen.map(({ id }) => id),
          stream: choices.stream,
          ...(choices.time === null ? {} : { sinceMs: choices.time.fromMs, untilMs: choices.time.toMs }),
        }
  const label = `Lines of ${counted(chosen.length, 'process', 'processes')}`
  const areUnique = new Set(chosen.map((view) => shortName(view.name))).size === chosen.length
  const sources = <Sources views={all} chosen={new Set(chosen.map(({ id }) => id))} onChoose={choose} />
  return (
    <div class="logs-page">
      <h1 class="hidden" tabIndex={-1}>
        Logs
      </h1>
      {wide && <aside class="panel sources">{sources}</aside>}
      <div class="panel board">
        <LogBoard
          label={label}
          name="ptrack"
          source={source}
          nameOf={areUnique ? shortName : (process) => process}
          choices={choices}
          onChange={change}
          first={
            !wide && (
              <Popover
                label={`Processes: ${chosen.length} of ${all.length}`}
                face={
                  <>
                    <span>{counted(chosen.length, 'process', 'processes')}</span>
                    <Icon name="down" />
                  </>
                }
              >
                <div class="sources">{sources}</div>
              </Popover>
            )
          }
        />
      </div>
    </div>
  )
}

/** Until somebody chooses, what was the worst when the page was opened: it does not change with each turn of a status. */
function useChosen(all: readonly ProcessView[], of: string | undefined): ProcessView[] {
  const first = useRef<ReadonlySet<string> | null>(null)
  if (of !== undefined) return chosenViews(all, of)
  if (first.current === null && all.length > 0) first.current = new Set(chosenViews(all, undefined).map(({ id }) => id))
  return all.filter(({ id }) => first.current?.has(id))
}
