/** Whether this home is in a fleet. Without one nothing of it is loaded but this file. */

import { fleetRunOf } from '../../core/fleet/run-of.ts'
import type { World } from '../../core/world.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { splitAtNode } from '../../protocol/fleet.ts'
import type { EventLog } from '../event-log.ts'
import type { FleetKeeper } from './fleet-keeper.ts'
import type { OutgoingEvents } from './outgoing-events.ts'

export class Fleet {
  private readonly world: World
  private readonly events: EventLog
  private readonly ownerOf: (id: string) => string | null
  private keeper: FleetKeeper | null = null
  private outgoing: OutgoingEvents | null = null

  constructor(world: World, events: EventLog, ownerOf: (id: string) => string | null) {
    this.world = world
    this.events = events
    this.ownerOf = ownerOf
  }

  /** At the daemon's start. Returns what a person should know. */
  async load(): Promise<string[]> {
    if (!this.world.fleet.isMember()) return []
    try {
      const membership = await this.world.fleet.load()
      if (membership === null) return []
      await this.keep(membership)
      this.world.fleet.dropUnrecorded(this.world.store.nextNumber())
      await this.publish(0)
      return []
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      return [`not in the fleet: ${error.message}; ${error.hint}`]
    }
  }

  begin(): void {
    this.keeper?.begin()
  }

  /** It is a node from now on; `begin` starts its process. */
  async keep(membership: FleetKeeper['membership']): Promise<FleetKeeper> {
    const { FleetKeeper } = await import('./fleet-keeper.ts')
    this.keeper = new FleetKeeper(this.world, membership)
    return this.keeper
  }

  /** Events after this number are the fleet's too. */
  async publish(since: number): Promise<void> {
    const { keeper } = this
    if (keeper === null || keeper.membership.kicked !== null) return
    const { OutgoingEvents } = await import('./outgoing-events.ts')
    const { world, events, ownerOf } = this
    const outbox = await world.fleet.outbox()
    const tell = (): void => keeper.publishEvents()
    this.outgoing = new OutgoingEvents({ world, events, ownerOf, tell }, keeper.membership, outbox, since)
    keeper.whenOut = () => this.stopPublishing()
  }

  private stopPublishing(): void {
    this.outgoing?.close()
    this.outgoing = null
  }

  drop(): void {
    this.stopPublishing()
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

  /** Before there is a process of this number. */
  noteBegun(metadata: unknown, number: number): void {
    const run = this.keeper === null ? null : fleetRunOf(metadata)
    if (run !== null) this.world.fleet.noteBegun(run, number)
  }

  /** Its events go on into the outbox to the last. */
  close(): void {
    this.keeper?.close()
  }
}
