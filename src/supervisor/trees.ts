/** The processes of our runs in the process table, and signals to whole trees. */
import { identityOfRow, membersOf, type TableIndex } from '../core/tree.ts'
import type { ProcessRow, World } from '../core/world.ts'
import { readIndex } from './process-index.ts'
import { besideOf, evidenceOf, liveRunOf, type Managed, type Registry } from './registry.ts'

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

  /** Many adopted runs that end together share one pass; stale entries are settled by the ender's own passes. */
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
    this.signalRows(this.members(managed), signal)
  }

  private signalRows(rows: readonly ProcessRow[], signal: string): void {
    for (const row of rows) this.world.signaller.signal(identityOfRow(row, this.world.table.bootId), signal)
  }

  /** Stops the tree during a log rotation where the file system cannot collapse; answers how to continue it. */
  freeze(name: string): (() => void) | null {
    const managed = this.registry.named(name)
    if (managed === undefined || liveRunOf(managed) === null) return null
    // At a checkpoint it waits by itself, but its other threads may still write.
    const stopped = () => {
      const { state } = managed.record.tracked
      return 'how' in state && state.how === 'stopped'
    }
    const signalAll = (signal: string): void => {
      if (!stopped()) this.signal(managed, signal)
      for (const run of besideOf(managed)) this.signalRows(membersOf(this.index(), run), signal)
    }
    signalAll('SIGSTOP')
    return () => signalAll('SIGCONT')
  }
}
