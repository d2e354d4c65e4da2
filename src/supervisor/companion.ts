/** A part beside the state machine (queue, progress, history, hooks): notified of each step, deciding none. */
import type { Event } from '../core/events.ts'
import type { Lifecycle } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import type { Definition } from '../protocol/definition.ts'
import type { Managed } from './registry.ts'

export interface Companion {
  /** After each step that changed something. */
  stepped?(managed: Managed, before: Lifecycle, event: Event): void
  /** An observation changed: its health, or the figures of a sample. */
  observed?(managed: Managed): void
  /** A run is over; the record says what follows. */
  runEnded?(managed: Managed, past: PastRun): void
  redefined?(managed: Managed, earlier: Definition): void
  /** From the state at boot, or newly defined. */
  added?(managed: Managed): void
  removed?(managed: Managed): void
}
