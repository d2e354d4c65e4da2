/** The nodes of the fleet with what runs on them, as rows; and the way from one node's daemon to another's. */
import type { FleetNode } from '../protocol/fleet.ts'
import { worstNodesFirst } from '../words/fleet.ts'
import { withFullName } from '../words/full-names.ts'
import { comparing } from '../words/sort.ts'
import type { FleetRow } from './fleet-model.ts'
import { type Input, initialModel, type Model, type Step } from './model.ts'
import { contains, wantedBy } from './rows.ts'
import { only, say } from './step.ts'

/** A node, or a process below it. */
export type FleetLine =
  | { key: string; node: FleetNode; view: null; views: readonly FleetRow[]; total: number }
  | { key: string; node: FleetNode; view: FleetRow }

interface Known {
  key: string
  lines: readonly FleetLine[]
}
const known = new WeakMap<readonly FleetRow[], Known>()

/** Nodes and, below each, its processes, the worst first. */
export function fleetLines({ fleet, filter, words, nowMs }: Model): readonly FleetLine[] {
  const { nodes, rows } = fleet
  if (nodes === null) return []
  const key = JSON.stringify([filter, words, Math.floor(nowMs / 60_000)])
  const before = known.get(rows)
  if (before?.key === key) return before.lines
  const isWanted = wantedBy(filter, nowMs)
  const matches = contains(words)
  const order = comparing('status', nowMs)
  const lines = worstNodesFirst(nodes).flatMap((node): FleetLine[] => {
    const all = rows.filter((row) => row.node === node.name && isWanted(row))
    const views = all.filter((row) => words === '' || matches(row)).sort(order)
    // Who looks for something is shown where it is.
    if (words !== '' && views.length === 0) return []
    const below = views.map((view) => ({ key: `${node.name} ${view.id}`, node, view }))
    return [{ key: node.name, node, view: null, views, total: all.length }, ...below]
  })
  known.set(rows, { key, lines })
  return lines
}

export const fleetIndex = (model: Model): number => {
  const at = fleetLines(model).findIndex(({ key }) => key === model.fleet.selected)
  return Math.max(0, at)
}

/** The answer of the node that the view was opened at. */
export function tookFleet(model: Model, { nodes, rows, silent, error }: Extract<Input, { kind: 'fleet' }>): Model {
  if (error !== null) return { ...model, fleet: { ...model.fleet, error } }
  return {
    ...model,
    fleet: { ...model.fleet, nodes, rows: rows.map((row) => ({ ...row, ...withFullName(row) })), silent, error },
  }
}

/** Nodes are asked for at the daemon that the view was opened at: what is shown of another one is left. */
export const showFleet = (model: Model): Step =>
  model.node === null
    ? only({ ...model, place: 'fleet', focus: 'list' })
    : only({ ...atNode(model, null, null), place: 'fleet' }, { do: 'visit', node: null })

/** Shows this node's processes, with the keys that they take. */
export function openFleetLine(model: Model): Step {
  const line = fleetLines(model)[fleetIndex(model)]
  if (line === undefined) return only(say(model, 'nothing is selected'))
  const { node, view } = line
  if (node.self) return only({ ...model, place: 'list', selected: view?.id ?? model.selected, focus: 'list' })
  if (node.state === 'away') return only(say(model, `${node.name} does not answer; what is shown of it is as last known`, true))
  return only(atNode(model, node.name, view?.id ?? null), { do: 'visit', node: node.name })
}

/** As if the view had been opened there, with what the person chose of its looks. */
export const atNode = (model: Model, node: string | null, selected: string | null): Model => {
  const { theme, columns, rows, nowMs, remote, filter, sort, reversed, grouping, logMode, fleet } = model
  const start = initialModel({ theme, columns, rows, nowMs, remote, filter, sort, place: 'list' })
  return { ...start, reversed, grouping, logMode, fleet, node, selected }
}
