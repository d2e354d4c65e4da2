/** One process closely: its state and the reason for it, facts, runs and loads, and what happened. */
import wrapAnsi from 'wrap-ansi'
import { shortName } from '../../protocol/project.ts'
import type { ProcessDetail, ProcessView, WhyView } from '../../protocol/view.ts'
import { needsSomebody, STATES, stateOf } from '../../words/states.ts'
import { sentence } from '../../words/text.ts'
import { reasonOf, whyWords } from '../../words/why.ts'
import type { Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { logHasFocus } from '../move.ts'
import { plain } from '../text.ts'
import { factLines, facts, progressLines } from './facts.ts'
import { type Drawn, panel } from './frame.ts'
import { checkLines, loadLines, runLines, stepLines, turnLines } from './story.ts'

/** Narrower, words would be cut to pieces. */
const ROOM_LEAST = 16
const STDERR_LINES = 6

/** Its state, why, and the last lines of what failed. */
function conclusion(model: Model, view: ProcessView, detail: ProcessDetail | null, why: WhyView | null, width: number): string[] {
  const { theme, nowMs, awaySinceMs } = model
  const state = stateOf(view)
  const paint = theme.hue(STATES[state].hue)
  const failing = state === 'unhealthy' ? (detail?.checks.find(({ failures }) => failures > 0) ?? null) : null
  const said = needsSomebody(view)
    ? reasonOf(view, failing, nowMs, awaySinceMs !== null)
    : whyWords(view, nowMs, awaySinceMs !== null)
  const room = Math.max(ROOM_LEAST, width - 4)
  const head = ` ${paint(theme.mark(state))} ${paint(theme.bold(sentence(STATES[state].word)))}`
  const wrapped = said === '' ? [] : wrapAnsi(plain(said), room, { hard: true }).split('\n')
  const seen = view.seen == null ? [] : [`   ${theme.dim(`marked as seen by ${plain(view.seen.by)}`)}`]
  const last = why?.failures.at(-1)
  const lines = (last?.lines.length ?? 0) > 0 ? last!.lines : (view.failure?.lines ?? [])
  const shown = needsSomebody(view) || view.status === 'retrying' ? lines.slice(-STDERR_LINES) : []
  return [
    head,
    ...wrapped.map((line) => `   ${line}`),
    ...seen,
    ...shown.map((line) => `   ${theme.bad(theme.vertical)} ${plain(line)}`),
  ]
}

function lines(model: Model, view: ProcessView, width: number): string[] {
  const { theme } = model
  const own = model.details?.id === view.id ? model.details : null
  const detail = own?.detail ?? null
  const why = own?.why ?? null
  const section = (title: string, body: readonly string[]): string[] =>
    body.length === 0 ? [] : ['', ` ${theme.bold(title)}`, ...body]
  return [
    ...conclusion(model, view, detail, why, width),
    ...progressLines(view, theme, width),
    ...section('Health', checkLines(model, detail)),
    ...section(
      'Facts',
      facts(model, view, detail).flatMap((fact) => factLines(fact, width, theme)),
    ),
    ...section('Steps', detail === null ? [] : stepLines(detail.steps, theme)),
    ...section('Runs', runLines(model, view, detail)),
    ...loadLines(model, view, width),
    ...section('What happened', why === null ? [] : turnLines(why, model)),
  ]
}

/** `service #7 of shop, ann`. */
function whose({ kind, number, type, project, owner }: ProcessView): string {
  const what = type === kind ? kind : `${kind} ${plain(type)}`
  return [`${what} #${number}${project === null ? '' : ` of ${plain(project)}`}`, plain(owner)].join(', ')
}

export function drawDetails(model: Model, at: Panel, of: ProcessView | null): Drawn {
  const { theme, details, place } = model
  const view = of ?? details?.detail ?? null
  if (view === null) return panel(theme, at, { title: 'Details' }, [` ${theme.dim('nothing is selected')}`])
  const gone = !model.views.has(view.id)
  const error = place === 'details' && details?.error ? [` ${theme.bad(plain(details.error))}`] : []
  const all = [...error, ...lines(model, view, at.inner.width)]
  const top = place === 'details' ? Math.min(details?.top ?? 0, Math.max(0, all.length - at.inner.height)) : 0
  const below = all.length - top - at.inner.height
  const title = plain(view.project === null ? view.name : shortName(view.name))
  return panel(
    theme,
    at,
    {
      title,
      note: gone ? theme.bad('it was deleted') : theme.dim(whose(view)),
      foot: below > 0 ? `${below} more ${below === 1 ? 'line' : 'lines'}` : undefined,
      focused: place === 'details' && !logHasFocus(model),
    },
    all.slice(top, top + at.inner.height),
  )
}
