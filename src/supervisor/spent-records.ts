/** Exit records whose story is told are removed, but not before the state that tells it is on disk. */
import type { World } from '../core/world.ts'

/** Removed together, so that no more than one write of the state in this time is asked for on their account. */
const GATHER_MS = 5000

export class SpentRecords {
  private readonly world: Pick<World, 'clock' | 'spawner' | 'store'>
  private files: string[] = []

  constructor(world: Pick<World, 'clock' | 'spawner' | 'store'>) {
    this.world = world
  }

  add(...files: string[]): void {
    if (this.files.length === 0) this.world.clock.wakeAfter(GATHER_MS, () => this.remove())
    this.files.push(...files)
  }

  private remove(): void {
    const files = this.files
    this.files = []
    this.world.store.flush().then(
      () => {
        for (const file of files) this.world.spawner.removeRecord(file)
      },
      // While the state cannot be written they are what tells of these ends.
      () => this.add(...files),
    )
  }
}
