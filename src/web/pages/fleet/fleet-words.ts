/** What is said of a fleet: its sentence, the order of its nodes, and which of its events are worth a line. */
import type { FleetEvent, FleetEventsPage, FleetGap, FleetNode } from '../../../protocol/fleet.ts'
import { counted } from '../../../words/short.ts'

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

const MOST = 14
/** What somebody did, and what ended or began; not how far it is. */
const EVENTFUL: ReadonlySet<string> = new Set([
  'processExit',
  'processStarted',
  'crashLoop',
  'audit',
  'orphanFound',
  'initialized',
])

/** The newest first. */
export const eventful = (events: FleetEventsPage['events']): (FleetEvent | FleetGap)[] =>
  events
    .filter((event) => 'gap' in event || EVENTFUL.has(event.type))
    .reverse()
    .slice(0, MOST)
