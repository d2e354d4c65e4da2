/** Rows of several nodes as one list, and what was last known of those that do not answer. */
import type { OnNode, SilentNode } from '../../protocol/fleet.ts'
import { fleetLimits } from '../../protocol/fleet-limits.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { iso } from '../iso.ts'

/** Characters of JSON kept of one node: many thousand rows. */
const MOST_CHARS = 8 * 1024 * 1024

export type FleetRow = ProcessView & OnNode

export const onNode = (view: ProcessView, node: string, staleSinceMs: number | null): FleetRow => ({
  ...view,
  node,
  stale: staleSinceMs === null ? null : { since: iso(staleSinceMs) },
  fleet: null,
})

export interface Answered {
  node: string
  rows: readonly ProcessView[]
}

interface Known {
  rows: readonly ProcessView[]
  atMs: number
}

/**
 * Kept by asker and question: what was answered to an admin must not come up in a viewer's list, nor what was asked of one tag
 * in a list of all.
 */
export class LastRows {
  private readonly known = new Map<string, Map<string, Known>>()

  keep(asked: string, { node, rows }: Answered, atMs: number, chars: number): void {
    let nodes = this.known.get(asked)
    if (nodes === undefined) {
      // A few questions are asked again and again; of the others the oldest goes.
      if (this.known.size >= 16) this.known.delete(this.known.keys().next().value!)
      nodes = new Map()
      this.known.set(asked, nodes)
    }
    nodes.delete(node)
    if (chars <= MOST_CHARS && nodes.size < fleetLimits.nodes) nodes.set(node, { rows, atMs })
  }

  of(asked: string, node: string): Known | null {
    return this.known.get(asked)?.get(node) ?? null
  }

  forget(node: string): void {
    for (const nodes of this.known.values()) nodes.delete(node)
  }
}

/** `silent`: nodes that should have answered. In the order of their names, each with the order of its own list. */
export function merged(
  answered: readonly Answered[],
  silent: readonly SilentNode[],
  last: (node: string) => Known | null,
): { rows: FleetRow[]; silent: SilentNode[] } {
  const groups = new Map<string, FleetRow[]>()
  for (const { node, rows } of answered)
    groups.set(
      node,
      rows.map((view) => onNode(view, node, null)),
    )
  for (const { name } of silent) {
    const known = last(name)
    if (known !== null)
      groups.set(
        name,
        known.rows.map((view) => onNode(view, name, known.atMs)),
      )
  }
  const names = [...groups.keys()].sort()
  return { rows: names.flatMap((name) => groups.get(name)!), silent: [...silent].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}
