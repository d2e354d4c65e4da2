/** Changes of one set take place one after the other: the later one starts from the result of the earlier. */
import type { Supervisor } from '../../create-supervisor.ts'

export class Turns {
  /** The last pending change of each set. */
  private readonly pending = new WeakMap<Supervisor, Map<string, Promise<unknown>>>()

  async take<T>(supervisor: Supervisor, set: string, act: () => Promise<T>): Promise<T> {
    const ofSets = this.pending.get(supervisor) ?? new Map<string, Promise<unknown>>()
    this.pending.set(supervisor, ofSets)
    const mine = (ofSets.get(set) ?? Promise.resolve()).then(act)
    // Its caller gets the failure; the next one begins in any case.
    const over = mine.catch(() => null)
    ofSets.set(set, over)
    try {
      return await mine
    } finally {
      if (ofSets.get(set) === over) ofSets.delete(set)
    }
  }
}
