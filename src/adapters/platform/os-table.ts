import type { Identity } from '../../core/state.ts'
import type { ProcessTable } from '../../core/world.ts'

/** What other adapters need of the process table beyond the supervisor's interface. */
export interface OsTable extends ProcessTable {
  /** Also of a zombie: a child that died before spawn returned is still ours. null when there is no such process. */
  identityEvenIfDead(pid: number): Identity | null
  /** Without /proc: signals a verified root and its descendants, in place of the group, which would end the root too early. */
  signalTree?(root: Identity, signal: string): void
}
