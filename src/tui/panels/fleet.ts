/** The fleet: each node with its condition, and below it what runs there. */
import wrapAnsi from 'wrap-ansi'
import type { FleetNode } from '../../protocol/fleet.ts'
import { fleetTitle } from '../../words/fleet.ts'
import { counted, roughly } from '../../words/short.ts'
import { stateOf } from '../../words/states.ts'
import { hueOf } from '../../words/status.ts'
import { type FleetLine, fleetLines } from '../fleet.ts'
import type { FleetRow } from '../fleet-model.ts'
import type { Box, Panel } from '../layout.ts'
import type { Model } from '../model.ts'
import { needsYou } from '../rows.ts'
import { cut, plain, toWidth, widthOf } from '../text.ts'
import { faded } from '../theme.ts'
import { stateBar, stateCell, timeCell } from './cells.ts'
import { type Drawn, panel } from './frame.ts'
import { needWords } from './head.ts'

const NAME_MOST = 28
const TIME = 10
const BAR_MOST = 24

/** Key of the line on this row of the screen, or null. */
export const fleetLineAt = (model: Model, box: Box, row: number): string | null =>
  row < box.top || row >= box.top + box.height ? null : (fleetLines(model)[model.fleet.top + row - box.top]?.key ?? null)

const lastedWords = ({ since }: FleetNode, nowMs: number): string => roughly(Math.max(1000, nowMs - Date.parse(since)))

function nodeLine(model: Model, { node, views, total }: Extract<FleetLine, { view: null }>, room: number): string {
  const { theme, nowMs, fleet } = model
  const isHere = node.state === 'here'
  const mark = theme.hue(isHere ? 'run' : 'lost')(theme.mark(isHere ? 'running' : 'interrupted'))
  const why = fleet.silent.find(({ name }) => name === node.name)?.why
  const facts = [
    `${isHere ? 'here' : 'away'} for ${lastedWords(node, nowMs)}`,
    ...(node.self ? ['this node'] : []),
    ...(why === undefined ? [] : [isHere ? `as last known: ${plain(why)}` : 'as last known']),
    ...(isHere && node.load !== null ? [`load ${node.load.toFixed(2)}`] : []),
    plain(node.version),
    views.length < total
      ? `${views.length} of ${counted(total, 'process', 'processes')}`
      : counted(total, 'process', 'processes'),
  ].join(', ')
  const name = plain(node.name)
  const said = (isHere ? theme.dim : theme.hue('lost'))(facts)
  const line = `${mark} ${theme.bold(name)}  ${said}`
  const left = room - widthOf(line) - 2
  const bar = stateBar(views.map(stateOf), Math.min(BAR_MOST, left), theme)
  return bar === '' ? cut(line, room, theme.ellipsis) : `${line}  ${bar}`
}

function processLine(model: Model, view: FleetRow, name: number, room: number): string {
  const { theme, nowMs } = model
  // Of a node that is away the forms remain, and not the colours.
  const now = view.stale === null ? model : { ...model, theme: faded(theme), nowMs: Date.parse(view.stale.since) }
  const status = Math.max(0, room - name - TIME - 6)
  const shown = toWidth(plain(view.name), name, 'left', theme.ellipsis)
  const mark = now.theme.hue(hueOf(view))(theme.mark(stateOf(view)))
  const time = toWidth(timeCell(view, view.stale === null ? nowMs : now.nowMs), TIME, 'right')
  return `  ${mark} ${needsYou(view) ? theme.bold(shown) : shown} ${toWidth(stateCell(view, now, status), status, 'left', theme.ellipsis)} ${time}`
}

function lineOf(model: Model, line: FleetLine, name: number, width: number): string {
  const { theme, fleet } = model
  const isSelected = line.key === fleet.selected
  const lead = isSelected ? theme.accent(theme.selected) : ' '
  const text = line.view === null ? nodeLine(model, line, width - 2) : processLine(model, line.view, name, width - 2)
  const whole = toWidth(`${lead}${text}`, width, 'left', theme.ellipsis)
  return isSelected ? theme.chosen(whole) : whole
}

export function drawFleet(model: Model, at: Panel): Drawn {
  const { theme, fleet, words } = model
  const { nodes, rows, error, top } = fleet
  const { inner } = at
  const lines = fleetLines(model)
  const wrong = rows.filter(needsYou).length
  const name = Math.min(NAME_MOST, Math.max(8, ...lines.map(({ view }) => (view === null ? 0 : widthOf(plain(view.name))))))
  const shown = lines.slice(top, top + inner.height).map((line) => lineOf(model, line, name, inner.width))
  const note = [
    ...(words === '' ? [] : [theme.accent(`with "${plain(words)}"`)]),
    // What is listed is as old as the last answer.
    ...(error !== null && nodes !== null ? [theme.bad(plain(error))] : []),
    theme.dim(counted(rows.length, 'process', 'processes')),
    ...(wrong === 0 ? [] : [theme.bad(needWords(wrong))]),
  ].join(theme.dim(', '))
  return panel(
    theme,
    at,
    {
      title: nodes === null ? 'Fleet' : `Fleet: ${fleetTitle(nodes)}`,
      note: nodes === null ? '' : note,
      foot: lines.length > inner.height ? `${top + 1} to ${top + shown.length} of ${lines.length}` : undefined,
      focused: true,
    },
    nodes === null
      ? wrapAnsi(error === null ? theme.dim('asking the nodes') : plain(error), inner.width - 2, { hard: true })
          .split('\n')
          .map((line) => ` ${line}`)
      : shown,
  )
}
