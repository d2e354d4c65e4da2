/** Owners of deleted processes, for as long as their events are held and may be asked for. */
import { limits } from '../protocol/limits.ts'
import type { Companion } from './companion.ts'
import type { Managed } from './registry.ts'

export class FormerOwners implements Companion {
  private readonly owners = new Map<string, string>()

  removed({ record }: Managed): void {
    this.owners.set(record.id, record.owner)
    // Each caused at least one event, so there are never more of them in the ring.
    if (this.owners.size > limits.eventRing) this.owners.delete(this.owners.keys().next().value!)
  }

  of(id: string): string | undefined {
    return this.owners.get(id)
  }
}
