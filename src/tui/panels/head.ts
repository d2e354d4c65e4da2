/** The head: the conclusion (what needs you), the load of the machine, whether the daemon is there, and the time. */
import { formatDuration } from '../../protocol/duration.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { cpuScale } from '../../words/scales.ts'
import { counted } from '../../words/short.ts'
import { isBad } from '../../words/state-parts.ts'
import { STATES, type State, stateOf } from '../../words/states.ts'
import { hueOf, sizeWords } from '../../words/status.ts'
import { sentence } from '../../words/text.ts'
import { reasonOf } from '../../words/why.ts'
import type { Layout, Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { found, needing } from '../rows.ts'
import { blocks, fitted, scaled } from '../sparkline.ts'
import { cut, plain, toWidth, widthOf } from '../text.ts'
import { bar, lastedWords } from './cells.ts'
import { type Drawn, panel } from './frame.ts'

/** Narrower, the time would displace more important things. */
const CLOCK_FROM = 40
const SPARK = 6
const ROOMY_FROM = 140
const WHOLE = { low: 0, high: 100 }

function daemonWords({ theme, awaySinceMs, nowMs, loaded }: Model): string {
  if (awaySinceMs === null) return loaded ? `${theme.good(theme.mark('running'))} live` : theme.dim('connecting')
  const lasted = lastedWords(Math.max(0, nowMs - awaySinceMs))
  return theme.bad(`${loaded ? 'away' : 'no daemon yet, waiting'} ${lasted === '<1s' ? '0s' : lasted}`)
}

const rightWords = (model: Model): string =>
  model.columns < CLOCK_FROM
    ? daemonWords(model)
    : `${daemonWords(model)}  ${model.theme.dim(new Date(model.nowMs).toTimeString().slice(0, 8))}`

const nameWords = ({ theme, remote, node }: Model): string => {
  const elsewhere = node ?? remote
  return theme.accent(theme.bold('ptrack')) + (elsewhere === null ? '' : theme.bold(` @${plain(elsewhere)}`))
}

export const needWords = (count: number): string => `${counted(count, 'needs', 'need')} you`

/** `5 need you`, with the names of the worst where there is room, then the counts of the other states. */
function conclusion(model: Model, room: number): string {
  const { theme, awaySinceMs } = model
  const wrong = needing(model)
  const counts = new Map<State, number>()
  for (const view of found(model)) counts.set(stateOf(view), (counts.get(stateOf(view)) ?? 0) + 1)
  let line = wrong.length === 0 ? '' : (awaySinceMs === null ? theme.bad : theme.bold)(needWords(wrong.length))
  if (wrong.length > 0 && room >= NAMES_FROM) line += `: ${names(model, Math.floor(room * NAMES_SHARE) - widthOf(line))}`
  for (const state of Object.keys(STATES) as State[]) {
    const count = counts.get(state)
    if (count === undefined || (wrong.length > 0 && isBad(STATES[state].hue))) continue
    const next = `${line === '' ? '' : '  '}${theme.hue(STATES[state].hue)(`${count} ${STATES[state].word}`)}`
    if (widthOf(line) + widthOf(next) > room) break
    line += next
  }
  return line
}
/** In less room only their number is said. */
const NAMES_FROM = 44
const NAMES_SHARE = 0.8

/** `↻ mailer  ▲ payments`: of what needs somebody, as many as there is room for. */
function names(model: Model, width: number): string {
  const { theme } = model
  const shown: string[] = []
  let left = width
  for (const view of needing(model)) {
    const one = `${theme.hue(hueOf(view))(theme.mark(stateOf(view)))} ${plain(view.name)}`
    left -= widthOf(one) + 2
    if (left < 0) return [...shown, theme.dim(theme.ellipsis)].join('  ')
    shown.push(one)
  }
  return shown.join('  ')
}

function loads(model: Model, wide: boolean): string[] {
  const { theme, daemon, load } = model
  if (daemon === null) return []
  const { cpuPercent, cpus, memoryBytes, memoryFreeBytes } = daemon.system
  const used = memoryBytes - memoryFreeBytes
  const room = !wide ? SPARK : model.columns < ROOMY_FROM ? 14 : 30
  const points = load?.machine.cpu ?? []
  const spark =
    points.length < 3 ? '' : `${theme.figure(scaled(fitted(points, room), Math.min(room, points.length), WHOLE, theme.heights))} `
  // Absent from an older daemon.
  const cpu = cpuPercent == null ? '' : `CPU ${spark}${Math.round(cpuPercent)}%${wide ? theme.dim(` of ${cpus}`) : ''}`
  const share = (used / memoryBytes) * 100
  const said = wide ? `${sizeWords(used).replace(/ .*/, '')} of ${sizeWords(memoryBytes)}` : `${Math.round(share)}%`
  return [cpu, `Mem ${bar(theme, share, !wide ? 6 : model.columns < ROOMY_FROM ? 10 : 16, theme.figure)} ${said}`].filter(Boolean)
}

/** Below this the load of the machine gives way to the conclusion. */
const LOADS_FROM = 76

function headLine(model: Model): string {
  const { columns, theme } = model
  const right = rightWords(model)
  const room = Math.max(0, columns - widthOf(right) - 3)
  const left = [` ${nameWords(model)}`, ...(columns < LOADS_FROM ? [] : loads(model, false))].join('  ')
  const said = `${left}  ${conclusion(model, room - widthOf(left) - 2)}`
  return toWidth(`${toWidth(said, room, 'left', theme.ellipsis)}  ${right} `, columns, 'left', '')
}

function machineLines(model: Model, { inner }: Panel): string[] {
  const { theme, daemon, load } = model
  if (daemon === null) return [` ${theme.dim('measuring')}`]
  const { cpuPercent, cpus, memoryBytes, memoryFreeBytes, loadAverages } = daemon.system
  const half = Math.floor((inner.width - 5) / 2)
  const cpu = `CPU ${cpuPercent == null ? '' : `${Math.round(cpuPercent)}%`} of ${counted(cpus, 'core')}, load ${loadAverages.map((each) => each.toFixed(1)).join(' ')}`
  const memory = `Memory ${sizeWords(memoryBytes - memoryFreeBytes)} of ${sizeWords(memoryBytes)}`
  const size = { width: half, height: Math.max(1, inner.height - 1) }
  const drawn = (values: readonly (number | null)[], high: number): string[] =>
    blocks(values, size, { low: 0, high }, theme.heights)
  const left = drawn(load?.machine.cpu ?? [], cpuScale([]).high)
  const right = drawn(load?.machine.memory ?? [], memoryBytes)
  return [
    ` ${toWidth(cpu, half, 'left', theme.ellipsis)}   ${toWidth(memory, half, 'left', theme.ellipsis)}`,
    ...left.map((line, row) => ` ${theme.figure(line)}   ${theme.figure(right[row]!)}`),
  ]
}

/** `Crash loop: restarting in 4s`; a reason that says no more than the state is left out. */
function becauseOf(word: string, reason: string): string {
  const text = reason.replace(/\.$/, '')
  if (text.toLowerCase().startsWith(word)) return sentence(text)
  return `${sentence(word)}: ${/^[A-Z][a-z ]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text}`
}

/** One line each: its mark, its name, and why. */
export function needLines(model: Model, width: number, most: number): string[] {
  const { theme, nowMs, awaySinceMs } = model
  const wrong = needing(model)
  if (wrong.length === 0)
    return [` ${theme.dim(model.loaded ? 'Nothing needs you.' : 'connecting')}`, ` ${conclusion(model, width - 2)}`]
  const shown = wrong.length > most ? wrong.slice(0, most - 1) : wrong
  const name = Math.min(24, Math.max(...shown.map((view) => widthOf(plain(view.name)))))
  const line = (view: ProcessView): string => {
    const paint = theme.hue(hueOf(view))
    const why = plain(becauseOf(STATES[stateOf(view)].word, reasonOf(view, null, nowMs, awaySinceMs !== null)))
    return ` ${paint(theme.mark(stateOf(view)))} ${toWidth(plain(view.name), name, 'left', theme.ellipsis)}  ${cut(why, width - name - 5, theme.ellipsis)}`
  }
  return [
    ...shown.map(line),
    ...(shown.length === wrong.length ? [] : [` ${theme.dim(`and ${wrong.length - shown.length} more: e goes to the next`)}`]),
  ]
}

export function drawHead(model: Model, layout: Layout): Drawn[] {
  const { head, machine, needs } = layout
  const { theme, daemon, nowMs } = model
  if (head.height === 0) return []
  if (machine === null) return [{ box: head, lines: [headLine(model)] }]
  if (needs === null) {
    const { width } = machine.inner
    const left = loads(model, true)
      .map((one) => `${one}   `)
      .join('')
    const said = `${left}${conclusion(model, width - widthOf(left) - 2)}`
    return [panel(theme, machine, { title: nameWords(model), note: rightWords(model) }, [` ${said}`])]
  }
  const up =
    daemon === null
      ? ''
      : `ptrack ${daemon.version}, up ${formatDuration(Math.max(60_000, Math.floor((nowMs - Date.parse(daemon.startedAt)) / 60_000) * 60_000))}`
  const wrong = needing(model).length
  return [
    panel(theme, machine, { title: nameWords(model), note: theme.dim(up) }, machineLines(model, machine)),
    panel(
      theme,
      needs,
      { title: wrong === 0 ? 'Needs you' : `Needs you ${wrong}`, note: rightWords(model) },
      needLines(model, needs.inner.width, needs.inner.height),
    ),
  ]
}
