/** Settings for more than one process (limits, policies, hooks, retention): one value, saved with the state. */
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

  load(settings: Settings): void {
    this.present = settings
  }

  /** Applies at once; resolves when on disk, rejects when it could not be written (it applies nevertheless). */
  change(changes: Partial<Settings>): Promise<void> {
    this.note(changes)
    return this.store.flush()
  }

  /** Applies at once, and is saved with the next write. */
  note(changes: Partial<Settings>): void {
    this.present = { ...this.present, ...changes }
    this.store.putSettings(this.present)
  }
}
