/** Time in which other programs had the processors: it says nothing of a program that has not done something yet. */
import type { ProcessTable } from '../core/world.ts'
import { liveRunOf, type Managed } from './registry.ts'

/** Since its program began, ms; 0 where none is alive. */
export function heldUpMs(table: Pick<ProcessTable, 'heldUpMs'>, managed: Managed): number {
  const live = liveRunOf(managed)
  return live === null ? 0 : table.heldUpMs((live.program ?? live.leader).pid)
}
