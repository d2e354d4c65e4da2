/** What every part depends on, and its three ways to report. Parts never know each other; create-supervisor.ts wires them. */
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
  /** Into the mailbox: the only way to change a process's state. */
  submit(managed: Managed, event: Event): void
  /** Part of the record changed: save and show it. */
  changed(managed: Managed): void
  /** An observation changed: show it only. */
  observed(managed: Managed): void
}
