/** What stands in the cells of a row of the list. */
import { formatDuration } from '../../protocol/duration.ts'
import { isEnded, isLive } from '../../protocol/names.ts'
import type { RunBar } from '../../protocol/overview.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../../words/progress.ts'
import { cpuScale, memoryScale, moves } from '../../words/scales.ts'
import { agoWords } from '../../words/short.ts'
import { stateParts } from '../../words/state-parts.ts'
import { needsSomebody, STATES, type State, stateOf } from '../../words/states.ts'
import { hueOf, statusWords } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { whyWords } from '../../words/why.ts'
import type { Model } from '../model.ts'
import { scaled } from '../sparkline.ts'
import { cut, plain, toWidth, widthOf } from '../text.ts'
import type { Paint, Theme } from '../theme.ts'

/** Whole seconds: tenths would only flicker. */
export const lastedWords = (ms: number): string => (ms < 1000 ? '<1s' : formatDuration(Math.floor(ms / 1000) * 1000))

export function bar(theme: Theme, percent: number, width: number, paint: Paint): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width)
  return paint(theme.full.repeat(full)) + theme.dim(theme.empty.repeat(width - full))
}

/** A bar of unknown length: striped, and still. */
const striped = (theme: Theme, width: number, paint: Paint): string =>
  Array.from({ length: width }, (_, at) => (at % 2 === 0 ? paint(theme.half) : theme.dim(theme.empty))).join('')

/** Narrower, words alone are shown. */
const BAR_FROM = 26
const BAR = { least: 8, most: 16 }

/** `██████░░░░  53% 4m left  epoch 4`. */
function progressCell(view: ProcessView, width: number, theme: Theme): string | null {
  const { progress, status } = view
  if (progress === null || isEnded(status) || status === 'pending' || status === 'retrying') return null
  const { percent, stalled, message } = progress
  const room = width < BAR_FROM ? 0 : Math.min(BAR.most, Math.max(BAR.least, Math.floor(width / 4)))
  const paint = theme.hue(hueOf(view))
  const drawn = room === 0 ? '' : `${percent === null ? striped(theme, room, paint) : bar(theme, percent, room, paint)} `
  const state = status === 'running' && view.reason !== 'pausing' ? null : statusWords(view, 0).replace(/^running, /, '')
  const figure = percent === null ? null : toWidth(wholePercent(percent), 4, 'right')
  const outlook = outlookWords(progress)
  const words = [figure, percent === null ? amountWords(progress) : null, state, outlook]
    .filter((part) => part !== null)
    .map(plain)
  const said = words.length === 0 ? 'Running' : words.join(' ')
  const left = width - widthOf(drawn) - widthOf(said) - 2
  const more = message === null || left < 8 ? '' : `  ${theme.dim(cut(plain(message), left, theme.ellipsis))}`
  return `${drawn}${stalled ? theme.bad(said) : said}${more}`
}

/** The state in words, with its reason: what is as it should be in ink, what is not in its colour. */
export function stateCell(view: ProcessView, { theme, nowMs, awaySinceMs }: Model, width: number): string {
  const work = progressCell(view, width, theme)
  if (work !== null) return work
  const hue = hueOf(view)
  const paint = hue === 'bad' || hue === 'lost' || hue === 'move' ? theme.hue(hue) : (text: string) => text
  const away = awaySinceMs !== null && view.status === 'retrying'
  // `Stopping: stopping` says it twice.
  const words = away ? whyWords(view, nowMs, true) : sentence(statusWords(view, nowMs, true).replace(/^(\w+): \1$/, '$1'))
  const took =
    view.status === 'done' && view.startedAt !== null && view.endedAt !== null
      ? ` in ${lastedWords(Date.parse(view.endedAt) - Date.parse(view.startedAt))}`
      : ''
  const healthy = view.status === 'running' && view.health === 'healthy' && words === 'Running' ? ', healthy' : ''
  const said = took === '' ? `${words}${healthy}` : words.replace(/^Done/, `Done${took}`)
  const ports = isLive(view.status) ? view.ports.map(({ port, open }) => `:${port}${open === false ? ' closed' : ''}`) : []
  const shown = plain(said)
  const served = ports.join(' ')
  // The reason is more important than where it would be met.
  return served === '' || widthOf(shown) + 2 + served.length > width ? paint(shown) : `${paint(shown)}  ${theme.accent(served)}`
}

/** `4 of 4 healthy`, `1 of 4 failed: exit code 1`. */
export function setCell(views: readonly ProcessView[], model: Model): string {
  const worst = views[0]!
  const state = stateOf(worst)
  const well = views.filter((view) => isLive(view.status) && !needsSomebody(view))
  const same = views.filter((view) => stateOf(view) === state).length
  if (state !== 'running') {
    const why = whyWords(worst, model.nowMs, model.awaySinceMs !== null)
    const words = `${same} of ${views.length} ${STATES[state].word}${why === '' ? '' : `: ${why[0]!.toLowerCase()}${why.slice(1)}`}`
    const hue = hueOf(worst)
    return hue === 'bad' || hue === 'lost' || hue === 'move' ? model.theme.hue(hue)(plain(words)) : plain(words)
  }
  const checked = well.every(({ health }) => health === 'healthy')
  return `${well.length} of ${views.length} ${checked ? 'healthy' : 'running'}`
}

/** Up for so long; ended so long ago; waiting for so long. */
export function timeCell(view: ProcessView, nowMs: number): string {
  if (isEnded(view.status)) return view.endedAt === null ? '' : agoWords(view.endedAt, nowMs)
  if (view.status === 'retrying') return ''
  const since = view.status === 'pending' ? view.since : view.startedAt
  return since === null ? '' : lastedWords(Math.max(0, nowMs - Date.parse(since)))
}

/** The last runs, newest right: what ended well above the line, what failed below it. */
export function stripCell(runs: readonly RunBar[], width: number, theme: Theme): string {
  const shown = runs.slice(-width)
  const drawn = shown.map(({ outcome }) => {
    if (outcome === null) return theme.hue('run')(theme.live)
    if (outcome === 'failed' || outcome === 'timeout') return theme.hue('bad')(theme.failed)
    if (outcome === 'interrupted') return theme.hue('lost')(theme.failed)
    return outcome === 'cancelled' || outcome === 'stopped' ? theme.dim(theme.dropped) : theme.hue('done')(theme.well)
  })
  return ' '.repeat(width - drawn.length) + drawn.join('')
}

/** Parts of a group, the worst first; each state that there is has a column at least. */
export function stateBar(states: readonly State[], width: number, theme: Theme): string {
  const parts = stateParts(states)
  if (parts.length === 0 || width < parts.length) return ''
  const widths = parts.map(({ count }) => Math.max(1, Math.floor((count / states.length) * width)))
  let left = width - widths.reduce((sum, each) => sum + each, 0)
  // What is left, or was given to small parts, is that of the largest.
  while (left !== 0) {
    const largest = widths.indexOf(Math.max(...widths))
    const by = left > 0 ? left : -Math.min(-left, widths[largest]! - 1)
    if (by === 0) break
    widths[largest]! += by
    left -= by
  }
  return parts.map(({ state, hue }, at) => theme.hue(hue)(signOf(state, theme).repeat(widths[at]!))).join('')
}

function signOf(state: State, theme: Theme): string {
  const { hue } = STATES[state]
  if (hue === 'bad' || hue === 'lost') return theme.full
  if (hue === 'move') return theme.half
  if (hue === 'held') return theme.mark('paused')
  return hue === 'idle' ? theme.wait : hue === 'run' ? theme.thread : theme.horizontal
}

/** Percent of a core: what moves within a twentieth of one stands still. */
const CPU_FLOOR = 85

/** Nothing where the load does not move: the figure says it all. */
export function sparkCell(values: readonly (number | null)[], of: 'cpu' | 'memory', width: number, theme: Theme): string {
  if (!moves(values, of === 'cpu' ? CPU_FLOOR : 0)) return ' '.repeat(width)
  const scale = of === 'cpu' ? cpuScale(values) : memoryScale(values)
  return theme.figure(scaled(values, width, scale, theme.heights))
}
