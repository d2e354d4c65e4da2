/** Exit records whose story is told are given back, but not before the state that tells it is on disk. */
import type { World } from '../core/world.ts'

/** Given back together, so that no more than one write of the state in this time is asked for on their account. */
const GATHER_MS = 5000
/** Earlier when there are so many: the next runs use them again. */
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
      // While the state cannot be written they are what tells of these ends.
      () => {
        this.failing = true
        this.add(...files)
      },
    )
  }
}
