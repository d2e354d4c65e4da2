import type { Identity } from '../../core/state.ts'
import type { ProcessTable } from '../../core/world.ts'

/** What the other adapters need of the process table beyond what the supervisor sees. */
export interface OsTable extends ProcessTable {
  /**
   * The identity behind a pid even if it is a zombie: a child that died before spawn returned is still ours to name.
   * null when there is no such process at all.
   */
  identityEvenIfDead(pid: number): Identity | null
  /**
   * Only where there is no /proc: finds the descendants of a root that was verified just now and signals them and the root,
   * a moment later. It takes the place of the signal to the group, which would end the root before its tree was read.
   */
  signalTree?(root: Identity, signal: string): void
}
