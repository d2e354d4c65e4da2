/** What holds for more than one process (limits, policies, hooks, retention): one value, saved with the state. */
import type { StateStore } from '../core/world.ts'
import { noSettings, type Settings } from '../protocol/settings.ts'

export class SettingsKeeper {
  private readonly store: StateStore
  private present = noSettings()

  constructor(store: StateStore) {
    this.store = store
  }

  get now(): Readonly<Settings> {
    return this.present
  }

  /** As they were saved; at boot. */
  load(settings: Settings): void {
    this.present = settings
  }

  /** Holds at once; resolves when it is on disk, and rejects when the disk does not take it (it holds nevertheless). */
  change(changes: Partial<Settings>): Promise<void> {
    this.note(changes)
    return this.store.flush()
  }

  /** Holds at once, and is saved with what is saved next; nobody waits for it. */
  note(changes: Partial<Settings>): void {
    this.present = { ...this.present, ...changes }
    this.store.putSettings(this.present)
  }
}
