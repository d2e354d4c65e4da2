/** What belongs to the runs of our processes in the process table, and signals to all of it. */
import { identityOfRow, membersOf, type TableIndex } from '../core/tree.ts'
import type { ProcessRow, World } from '../core/world.ts'
import { readIndex } from './process-index.ts'
import { evidenceOf, liveRunOf, type Managed, type Registry } from './registry.ts'

export class Trees {
  private readonly world: World
  private readonly registry: Registry
  private ofThisTurn: TableIndex | null = null

  constructor(world: World, registry: Registry) {
    this.world = world
    this.registry = registry
  }

  index(): TableIndex {
    return readIndex(this.world)
  }

  /** Many adopted runs that end together share one pass; what it shows too much of is settled by the passes of the ender. */
  indexOfThisTurn(): TableIndex {
    if (this.ofThisTurn === null) {
      this.ofThisTurn = this.index()
      setImmediate(() => {
        this.ofThisTurn = null
      })
    }
    return this.ofThisTurn
  }

  members(managed: Managed, index = this.index()): ProcessRow[] {
    const evidence = evidenceOf(managed)
    return evidence === null ? [] : membersOf(index, evidence)
  }

  signal(managed: Managed, signal: string): void {
    for (const row of this.members(managed)) this.world.signaller.signal(identityOfRow(row, this.world.table.bootId), signal)
  }

  /** Stops the tree for the moment of a log rotation where the file system cannot collapse; answers how to let it go on. */
  freeze(name: string): (() => void) | null {
    const managed = this.registry.named(name)
    if (managed === undefined || liveRunOf(managed) === null) return null
    // At a checkpoint of its own it waits, but other threads of it may go on writing.
    const stopped = () => {
      const { state } = managed.record.tracked
      return 'how' in state && state.how === 'stopped'
    }
    if (!stopped()) this.signal(managed, 'SIGSTOP')
    return () => {
      if (!stopped()) this.signal(managed, 'SIGCONT')
    }
  }
}
