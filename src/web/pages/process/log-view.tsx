/** The output of one process; of one run where a link leads to it. */
import type { ProcessView } from '../../../protocol/view.ts'
import { act, ask, useApp } from '../../app-state.ts'
import type { LogLines } from '../../log-lines.ts'
import { type Choices, choicesOf, queryOfChoices } from '../../logs/choices.ts'
import { Icon } from '../../parts/icon.tsx'
import { LogBoard } from '../../parts/log-board.tsx'
import { mayAct } from '../../rights.ts'
import { linkTo, type Query, replaceRoute } from '../../route.ts'
import '../../style/logs.css'

export function LogView({ view, query }: { view: ProcessView; query: Query }) {
  const { known, session } = useApp()
  const { name } = view
  const choices = choicesOf(query)
  const run = /^\d+$/.test(query.run ?? '') ? Number(query.run) : undefined
  const change = (changes: Partial<Choices>, isTyped = false): void => {
    const link = linkTo(name, 'log', { run: query.run, ...queryOfChoices({ ...choices, ...changes }) })
    if (isTyped) replaceRoute(link)
    else location.hash = link
  }
  const empty = async (log: LogLines, redraw: () => void): Promise<void> => {
    const text = 'What it has written so far is gone from the disk too; what comes is kept.'
    if (!(await ask({ title: `Empty the log of ${name}?`, text, yes: 'Empty it' }))) return
    await act('flush', view)
    log.clear()
    redraw()
  }
  const { stream, time } = choices
  return (
    <div class="panel board own">
      <LogBoard
        label={`Log of ${name}`}
        name={run === undefined ? name : `${name}-run-${run}`}
        nameOf={null}
        choices={choices}
        onChange={change}
        source={{
          targets: [name],
          stream,
          ...(run === undefined ? {} : { run }),
          ...(time === null ? {} : { sinceMs: time.fromMs, untilMs: time.toMs }),
        }}
        first={
          run !== undefined && (
            <a class="btn chip" href={linkTo(name, 'log', queryOfChoices(choices))} title="All runs again">
              Run {run}
              <Icon name="x" />
            </a>
          )
        }
        last={(log, redraw) =>
          session &&
          mayAct(session, view) && (
            <button
              type="button"
              class="tool"
              aria-label="Empty the log…"
              title="Empty the log…"
              disabled={known.link !== 'here' || log.lines.length === 0}
              onClick={() => void empty(log, redraw)}
            >
              <Icon name="trash" />
            </button>
          )
        }
      />
    </div>
  )
}
