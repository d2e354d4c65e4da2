/** Whether the daemon is a node of a fleet, and what all nodes answer. */
import type { FleetEventsPage, FleetNode } from '../protocol/fleet.ts'
import type { Reply } from '../protocol/requests.ts'
import { request, useApp, useNow } from './app-state.ts'
import { type Asked, useAsked } from './use-asked.ts'

/** Asked once for each connection: who makes or joins a fleet meanwhile has to reload the page. */
export function useIsInFleet(): boolean {
  const { known, session } = useApp()
  const key = `${known.link === 'here'} ${session?.user}`
  return useAsked(key, () => request('fleet.resolve', { words: [] })).value?.node != null
}

const ASKED_MS = 2000
/** Messages of the stream that are read for what happened lately. */
const LATELY = 60

export interface FleetNow {
  nodes: FleetNode[]
  rows: Reply<'fleet.list'>['rows']
  silent: Reply<'fleet.list'>['silent']
  /** A text says why they cannot be read. */
  events: FleetEventsPage['events'] | string
}

export function useFleet(): Asked<FleetNow> {
  const { known } = useApp()
  const nowMs = useNow(ASKED_MS)
  const key = known.link === 'here' ? `${nowMs}` : known.link
  return useAsked(key, async () => {
    const [nodes, { rows, silent }, events] = await Promise.all([
      request('fleet.ls', {}),
      request('fleet.list', { where: { all: true } }),
      lately().catch((error: Error) => error.message),
    ])
    return { nodes, rows, silent, events }
  })
}

async function lately(): Promise<FleetEventsPage['events']> {
  const { first, last } = await request('fleet.events', {})
  const { events } = await request('fleet.events', { since: Math.max(0, first - 1, last - LATELY) })
  return events
}
