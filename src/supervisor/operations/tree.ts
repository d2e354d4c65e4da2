/** tree: the live processes of a run, from the process table. */
import { membersOf, type TableIndex } from '../../core/tree.ts'
import type { ProcessRow } from '../../core/world.ts'
import { type Named, namesOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { DescendantView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { evidenceOf, type Managed, nameOf } from '../registry.ts'
import { selectAll } from './shared/select.ts'

export async function tree(supervisor: Supervisor, params: Params<'tree'>): Promise<(Named & { processes: DescendantView[] })[]> {
  const index = supervisor.trees.index()
  return selectAll(supervisor, params.targets).map((managed) => ({
    ...namesOf(nameOf(managed)),
    processes: descendantsOf(supervisor, managed, index),
  }))
}

/** Parents before children; those that lost their parent are at the top, as in the kernel. */
export function descendantsOf(supervisor: Supervisor, managed: Managed, index: TableIndex): DescendantView[] {
  const evidence = evidenceOf(managed)
  if (evidence === null) return []
  const { table } = supervisor.world
  const members = membersOf(index, evidence)
  const pids = new Set(members.map((row) => row.pid))
  const byParent = new Map<number, ProcessRow[]>()
  for (const row of members.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)) {
    const parent = pids.has(row.ppid) && row.ppid !== row.pid ? row.ppid : 0
    byParent.set(parent, [...(byParent.get(parent) ?? []), row])
  }
  const views: DescendantView[] = []
  const visit = (parent: number, depth: number): void => {
    for (const row of byParent.get(parent) ?? []) {
      const identity = { pid: row.pid, startTicks: row.startTicks, bootId: table.bootId }
      views.push({
        pid: row.pid,
        ppid: row.ppid,
        startTime: new Date(table.startedAtMs(identity)).toISOString(),
        command: table.commandLine(row.pid).join(' ') || `[${row.comm}]`,
        cpuPercent: null,
        memoryBytes: row.rssBytes,
        depth,
      })
      visit(row.pid, depth + 1)
    }
  }
  visit(0, 0)
  return views
}
