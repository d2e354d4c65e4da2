/** Where the events of all nodes are kept, as one node reaches it. Whatever cannot be known throws BUS_DOWN. */

import type { Place } from '../../../core/fleet/batches.ts'
import type { Asker, WantedEvents } from '../../../core/fleet/messages.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { EventStream, FleetEventsPage } from '../../../protocol/fleet.ts'

/** The last message of this node; seq 0 = there is none. `end` is null for one that no ptrack has written. */
export interface Stored {
  seq: number
  end: Place | null
}

export interface EventStore {
  last(): Promise<Stored>
  /** The number that it got; null when the last one is not `expected`, or so the server says. */
  put(body: Buffer, expected: number): Promise<number | null>
  page(wanted: WantedEvents, asker: Asker): Promise<FleetEventsPage>
  state(): Promise<EventStream>
}

export const eventsOfFleet = 'the events of the fleet'
export const eventsHint = '`ptrack fleet status` shows it; `ptrack events` shows those of this node'

export const unknown = (why: string): PtrackError =>
  new PtrackError('BUS_DOWN', `cannot reach ${eventsOfFleet}: ${why}`, { hint: eventsHint })
