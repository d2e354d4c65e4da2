/** What earlier runs left alive: `stop` and `delete` end it too, unless the definition keeps it or it is at a terminal. */
import type { Identity } from '../core/state.ts'
import type { World } from '../core/world.ts'
import { PtrackError } from '../protocol/errors.ts'
import { endIdentities } from './end-identities.ts'
import type { OrphanKeeper } from './orphan-keeper.ts'
import { type Managed, nameOf } from './registry.ts'

export class LeftBehind {
  private readonly world: World
  private readonly found: ReadonlyMap<string, Identity[]>

  /** One look at the process table for all, and none for those that ran only once. */
  constructor(world: World, orphans: OrphanKeeper, processes: readonly Managed[]) {
    this.world = world
    const ranBefore = processes.filter(({ record, policy }) => record.runs.length > 0 && policy.leftovers !== 'keep')
    this.found = ranBefore.length === 0 ? new Map() : orphans.leftBehind(new Set(ranBefore.map(nameOf)))
  }

  /** The wish to be down is on disk first. Answers what was done, in words; null when there was nothing to end. */
  async end(managed: Managed, graceMs: number | undefined): Promise<string | null> {
    const [first, ...others] = this.found.get(nameOf(managed)) ?? []
    if (first === undefined) return null
    const { world } = this
    const { definition } = managed.record
    // A full disk does not keep them alive; it is reported elsewhere.
    await world.store.flush().catch(() => undefined)
    const { alive } = await endIdentities(world, [first, ...others], definition.stopSignal, graceMs ?? definition.stopTimeoutMs)
    const pids = (identities: readonly Identity[]): string => identities.map(({ pid }) => pid).join(', ')
    if (alive.length > 0)
      throw new PtrackError(
        'UNKILLABLE',
        `cannot stop all of ${nameOf(managed)}: of an earlier run pid ${pids(alive)} still lives`,
        { hint: '`ptrack orphans` shows what it is', details: { pids: alive.map(({ pid }) => pid) } },
      )
    world.log.info('Orchestrator', `ended what an earlier run of '${nameOf(managed)}' left (PID: ${pids([first, ...others])})`)
    return `ended what an earlier run left: pid ${pids([first, ...others])}`
  }
}
