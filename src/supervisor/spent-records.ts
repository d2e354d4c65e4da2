/** Releases exit records for reuse, and cgroups of runs, once the state that includes their exit is on disk: until then only they know of it. */
import type { RunRef } from '../core/state.ts'
import type { PastRun, World } from '../core/world.ts'
import type { Companion } from './companion.ts'
import { exitRecordOf, hasCgroup } from './exit-record.ts'
import type { Managed } from './registry.ts'

/** Released together, so that they cause at most one write of the state per interval. */
const GATHER_MS = 5000
/** Earlier with this many: the next runs reuse them. */
const GATHER_FILES = 100

interface Spent {
  file: string | null
  cgroup: { name: string; run: RunRef } | null
}

export class SpentRecords implements Companion {
  private readonly world: Pick<World, 'clock' | 'home' | 'spawner' | 'store'>
  private all: Spent[] = []
  private cancelWake: (() => void) | null = null
  private failing = false

  constructor(world: Pick<World, 'clock' | 'home' | 'spawner' | 'store'>) {
    this.world = world
  }

  /** The last daemon may have been killed in between. */
  added({ record: { definition, runs } }: Managed): void {
    if (hasCgroup(definition)) for (const { ref } of runs) this.world.spawner.removeCgroup(definition.name, ref)
  }

  /** Comes after the end was handed to the store, so that the flush below covers it. */
  runEnded({ record }: Managed, { ref }: PastRun): void {
    const file = exitRecordOf(this.world, record, ref.number)
    const cgroup = hasCgroup(record.definition) ? { name: record.definition.name, run: ref } : null
    if (file !== null || cgroup !== null) this.add({ file, cgroup })
  }

  private add(...spent: Spent[]): void {
    this.all.push(...spent)
    if (this.all.length >= GATHER_FILES && !this.failing) this.giveBack()
    else this.cancelWake ??= this.world.clock.wakeAfter(GATHER_MS, () => this.giveBack())
  }

  private giveBack(): void {
    this.cancelWake?.()
    this.cancelWake = null
    const spent = this.all
    this.all = []
    this.world.store.flush().then(
      () => {
        this.failing = false
        for (const { file, cgroup } of spent) {
          if (file !== null) this.world.spawner.retireRecord(file)
          if (cgroup !== null) this.world.spawner.removeCgroup(cgroup.name, cgroup.run)
        }
      },
      // While the state cannot be written, these files are the only record of the exits.
      () => {
        this.failing = true
        this.add(...spent)
      },
    )
  }
}
