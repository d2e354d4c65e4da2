/** Releases exit records for reuse once the state that includes their exit is on disk: until then only they know of it. */
import type { PastRun, World } from '../core/world.ts'
import type { Companion } from './companion.ts'
import { exitRecordOf } from './exit-record.ts'
import type { Managed } from './registry.ts'

/** Released together, so that they cause at most one write of the state per interval. */
const GATHER_MS = 5000
/** Earlier with this many: the next runs reuse them. */
const GATHER_FILES = 100

export class SpentRecords implements Companion {
  private readonly world: Pick<World, 'clock' | 'home' | 'spawner' | 'store'>
  private files: string[] = []
  private cancelWake: (() => void) | null = null
  private failing = false

  constructor(world: Pick<World, 'clock' | 'home' | 'spawner' | 'store'>) {
    this.world = world
  }

  /** Comes after the end was handed to the store, so that the flush below covers it. */
  runEnded({ record }: Managed, { ref }: PastRun): void {
    const file = exitRecordOf(this.world, record, ref.number)
    if (file !== null) this.add(file)
  }

  private add(...files: string[]): void {
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
