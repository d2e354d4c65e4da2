/** What accompanies processes beside the table (queue, tracking, history, hooks): it is told, and never decides a step. */
import type { Event } from '../core/events.ts'
import type { Lifecycle } from '../core/state.ts'
import type { PastRun } from '../core/world.ts'
import type { Definition } from '../protocol/definition.ts'
import type { Managed } from './registry.ts'

export interface Companion {
  /** After each step that changed something; `before` is what was so. */
  stepped?(managed: Managed, before: Lifecycle, event: Event): void
  /** Something observed of it changed: its health, or the figures of a sample. */
  observed?(managed: Managed): void
  /** A run is over; the record tells what follows. */
  runEnded?(managed: Managed, past: PastRun): void
  /** A person changed its definition; `earlier` is what it was. */
  redefined?(managed: Managed, earlier: Definition): void
  /** Known from now on: from the state at boot, or newly defined. */
  added?(managed: Managed): void
  /** Deleted. */
  removed?(managed: Managed): void
}
