/**
 * The last runs of processes that somebody looked at. The state keeps fewer than are drawn: the others are looked up in the history,
 * once in a daemon's life.
 */
import type { PastRun } from '../core/world.ts'
import { limits } from '../protocol/limits.ts'
import type { EndedStatus } from '../protocol/names.ts'
import type { Companion } from './companion.ts'
import type { Host } from './host.ts'
import type { Managed } from './registry.ts'

export interface EndedBar {
  run: number
  startedAtMs: number
  durationMs: number
  outcome: EndedStatus
}

/** Rows of history looked through for runs that the state has dropped. */
const LOOKED_THROUGH = 20_000

export class RunBars implements Companion {
  private readonly world: Pick<Host['world'], 'history'>
  /** Oldest first, by process. */
  private readonly kept = new Map<string, EndedBar[]>()

  constructor({ world }: Pick<Host, 'world'>) {
    this.world = world
  }

  runEnded({ record: { id } }: Managed, past: PastRun): void {
    const bars = this.kept.get(id)
    if (bars === undefined) return
    bars.push(barOf(past))
    if (bars.length > limits.runBars) bars.shift()
  }

  removed({ record: { id } }: Managed): void {
    this.kept.delete(id)
  }

  /** By id. */
  async of(all: readonly Managed[]): Promise<Map<string, readonly EndedBar[]>> {
    const sought = new Map<string, Managed>()
    for (const managed of all) {
      const { id, runs } = managed.record
      if (this.kept.has(id)) continue
      this.kept.set(id, runs.map(barOf).slice(-limits.runBars))
      // The state holds all of its runs.
      if (runs.length < limits.runs) continue
      sought.set(id, managed)
    }
    if (sought.size > 0) await this.lookUp(sought)
    return new Map(all.map(({ record: { id } }) => [id, this.kept.get(id) ?? []]))
  }

  private async lookUp(sought: Map<string, Managed>): Promise<void> {
    const older = new Map<string, EndedBar[]>()
    const oldest = new Map([...sought.keys()].map((id) => [id, this.kept.get(id)?.[0]?.run ?? 0]))
    let looked = 0
    await this.world.history.scan({}, (row) => {
      if (++looked > LOOKED_THROUGH) return false
      if (!sought.has(row.id) || row.run >= oldest.get(row.id)!) return true
      const bars = older.get(row.id) ?? []
      older.set(row.id, bars)
      const { run, startedAt, durationMs, outcome } = row
      bars.unshift({ run, startedAtMs: Date.parse(startedAt), durationMs, outcome })
      if (bars.length >= limits.runBars - limits.runs) sought.delete(row.id)
      return sought.size > 0
    })
    for (const [id, bars] of older) {
      // Runs may have ended during the look.
      const newer = this.kept.get(id)
      if (newer !== undefined) this.kept.set(id, [...bars, ...newer].slice(-limits.runBars))
    }
  }
}

const barOf = ({ ref, startedAtMs, endedAtMs, outcome }: PastRun): EndedBar => ({
  run: ref.number,
  startedAtMs,
  durationMs: Math.max(0, endedAtMs - startedAtMs),
  outcome: outcome as EndedStatus,
})
