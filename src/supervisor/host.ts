/**
 * What every part of the supervisor stands on, and the three ways in which it reports. Parts know the Host and never each
 * other's insides; who is there, and who is handed what, is said in create-supervisor.ts.
 */
import type { Event } from '../core/events.ts'
import type { World } from '../core/world.ts'
import type { EventLog } from './event-log.ts'
import type { Notices } from './notices.ts'
import type { Managed, Registry } from './registry.ts'
import type { SettingsKeeper } from './settings-keeper.ts'
import type { ViewHub } from './view-hub.ts'

export interface Ground {
  readonly world: World
  readonly events: EventLog
  readonly registry: Registry
  readonly views: ViewHub
  readonly settings: SettingsKeeper
  readonly notices: Notices
}

export interface Host extends Ground {
  /** Into the mailbox: the only way in which something happens to a process. */
  submit(managed: Managed, event: Event): void
  /** Saved and shown: something that belongs to the record changed. */
  changed(managed: Managed): void
  /** Shown only: something observed changed. */
  observed(managed: Managed): void
}
