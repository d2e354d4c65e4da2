/** Releases exit-record files once the state that includes their exit is on disk. */
import type { World } from '../core/world.ts'

/** Released together, so that they cause at most one write of the state per interval. */
const GATHER_MS = 5000
/** Earlier with this many: the next runs reuse them. */
const GATHER_FILES = 100

export class SpentRecords {
  private readonly world: Pick<World, 'clock' | 'spawner' | 'store'>
  private files: string[] = []
  private cancelWake: (() => void) | null = null
  private failing = false

  constructor(world: Pick<World, 'clock' | 'spawner' | 'store'>) {
    this.world = world
  }

  add(...files: string[]): void {
    this.files.push(...files)
    if (this.files.length >= GATHER_FILES && !this.failing) this.giveBack()
    else this.cancelWake ??= this.world.clock.wakeAfter(GATHER_MS, () => this.giveBack())
  }

  private giveBack(): void {
    this.cancelWake?.()
    this.cancelWake = null
    const files = this.files
    this.files = []
    this.world.store.flush().then(
      () => {
        this.failing = false
        for (const file of files) this.world.spawner.retireRecord(file)
      },
      // While the state cannot be written, these files are the only record of the exits.
      () => {
        this.failing = true
        this.add(...files)
      },
    )
  }
}
