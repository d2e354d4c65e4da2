import type { Identity } from '../../core/state.ts'
import type { ProcessTable } from '../../core/world.ts'

/** What other adapters need of the process table beyond the supervisor's interface. */
export interface OsTable extends ProcessTable {
  /**
   * The identity of a pid even if it is a zombie: a child that died before spawn returned is still ours. null when there is no
   * such process.
   */
  identityEvenIfDead(pid: number): Identity | null
  /**
   * Only without /proc: signals a root, verified just now, and its descendants a moment later. Replaces the signal to the group,
   * which would end the root before its tree was read.
   */
  signalTree?(root: Identity, signal: string): void
}
