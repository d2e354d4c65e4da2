/** Whether this home is in a fleet. Without one nothing of it is loaded but this file. */

import type { World } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { splitAtNode } from '../../protocol/fleet.ts'
import type { FleetKeeper } from './fleet-keeper.ts'

export class Fleet {
  private readonly world: World
  private keeper: FleetKeeper | null = null

  constructor(world: World) {
    this.world = world
  }

  /** At the daemon's start. Returns what a person should know. */
  async begin(): Promise<string[]> {
    if (!this.world.fleet.isMember()) return []
    try {
      const membership = await this.world.fleet.load()
      if (membership !== null) await this.keep(membership)
      return []
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      return [`not in the fleet: ${error.message}; ${error.hint}`]
    }
  }

  async keep(membership: FleetKeeper['membership']): Promise<FleetKeeper> {
    const { FleetKeeper } = await import('./fleet-keeper.ts')
    this.keeper = new FleetKeeper(this.world, membership)
    this.keeper.begin()
    return this.keeper
  }

  drop(): void {
    this.keeper?.close()
    this.keeper = null
  }

  get joined(): FleetKeeper | null {
    return this.keeper
  }

  /** Throws NO_FLEET. */
  member(what: string): FleetKeeper {
    if (this.keeper !== null) return this.keeper
    throw new PtrackError('NO_FLEET', `cannot ${what}: this home is in no fleet`, {
      hint: '`ptrack fleet create` makes one, `ptrack fleet join TOKEN` brings it into one',
    })
  }

  /** A new name that would mean a process of another node. */
  refuseName(name: string): void {
    const split = this.keeper === null ? null : splitAtNode(name)
    if (split === null || !this.keeper!.isNode(split.node)) return
    throw new PtrackError(
      'BAD_REQUEST',
      `cannot define '${name}': ${split.node} is a node of the fleet, and this means ${split.target} there`,
      {
        hint: 'give it another name',
      },
    )
  }

  close(): void {
    this.keeper?.close()
  }
}
