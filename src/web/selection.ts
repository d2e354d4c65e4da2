/** Which processes the list shows, and in which order. */
import { hasFailed, isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { naturalOrder } from '../words/natural-order.ts'
import { severity } from '../words/states.ts'

export const FILTERS = ['all', 'running', 'waiting', 'completed', 'failed'] as const
export type ListFilter = (typeof FILTERS)[number]
export const SORTS = ['name', 'status', 'cpu', 'memory', 'newest'] as const
export type Sort = (typeof SORTS)[number]

const PASSES: Record<ListFilter, (view: ProcessView) => boolean> = {
  all: () => true,
  running: ({ status }) => status === 'running' || status === 'starting' || status === 'paused' || status === 'completing',
  waiting: ({ status }) => status === 'pending' || status === 'retrying',
  completed: ({ status }) => isEnded(status) && !hasFailed(status),
  failed: (view) => hasFailed(view.status) || view.crashLoop || (view.health === 'unhealthy' && !isEnded(view.status)),
}

export function countsOf(views: Iterable<ProcessView>): Record<ListFilter, number> {
  const counts: Record<ListFilter, number> = { all: 0, running: 0, waiting: 0, completed: 0, failed: 0 }
  for (const view of views) for (const filter of FILTERS) if (PASSES[filter](view)) counts[filter]++
  return counts
}

const ORDER: Record<Sort, (a: ProcessView, b: ProcessView) => number> = {
  name: () => 0,
  status: (a, b) => severity(a) - severity(b),
  cpu: (a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1),
  memory: (a, b) => (b.memoryBytes ?? -1) - (a.memoryBytes ?? -1),
  newest: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
}

export function select(views: Iterable<ProcessView>, filter: ListFilter, text: string, sort: Sort): ProcessView[] {
  const wanted = text.trim().toLowerCase()
  const holds = ({ name, title, type, owner, tags, command }: ProcessView): boolean =>
    [name, title ?? '', type, owner, ...tags, command.join(' ')].some((part) => part.toLowerCase().includes(wanted))
  return [...views]
    .filter((view) => PASSES[filter](view) && (wanted === '' || holds(view)))
    .sort((a, b) => ORDER[sort](a, b) || naturalOrder(a.name, b.name))
}
