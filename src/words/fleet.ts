/** What is said of a fleet: its sentence, and the order of its nodes. */
import type { FleetNode } from '../protocol/fleet.ts'
import { counted } from './short.ts'

const NAMED = 3

/** Which node is not as it should be. */
export function fleetTitle(nodes: readonly FleetNode[]): string {
  const away = nodes.filter(({ state }) => state === 'away').map(({ name }) => name)
  if (away.length === 0) return nodes.length === 1 ? 'This is the only node' : `All ${counted(nodes.length, 'node')} are here`
  if (away.length > NAMED) return `${counted(away.length, 'node')} are away`
  const last = away.at(-1)!
  return away.length === 1 ? `${last} is away` : `${away.slice(0, -1).join(', ')} and ${last} are away`
}

export const worstNodesFirst = (nodes: readonly FleetNode[]): FleetNode[] =>
  [...nodes].sort((a, b) => Number(a.state === 'here') - Number(b.state === 'here') || a.name.localeCompare(b.name, 'en'))
