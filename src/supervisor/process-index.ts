/** The present process table, indexed for questions about trees. */
import { indexTable, type TableIndex } from '../core/tree.ts'
import type { World } from '../core/world.ts'

export const readIndex = ({ table, home, daemonPid }: Pick<World, 'table' | 'home' | 'daemonPid'>): TableIndex =>
  indexTable(table.snapshot(), home, table.bootId, daemonPid)
