/** Which events of a fleet are worth a line. */
import type { FleetEvent, FleetEventsPage, FleetGap } from '../../../protocol/fleet.ts'

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
