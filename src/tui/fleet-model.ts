/** What the view knows of the fleet. */
import type { FleetNode } from '../protocol/fleet.ts'
import type { Reply } from '../protocol/requests.ts'

type FleetList = Reply<'fleet.list'>
export type FleetRow = FleetList['rows'][number]

export interface FleetModel {
  /** null: not answered yet. */
  nodes: readonly FleetNode[] | null
  rows: readonly FleetRow[]
  silent: FleetList['silent']
  /** Why they cannot be asked for. */
  error: string | null
  /** Key of a row. */
  selected: string | null
  top: number
}

export const emptyFleet: FleetModel = { nodes: null, rows: [], silent: [], error: null, selected: null, top: 0 }
