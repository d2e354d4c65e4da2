/** Which processes the list shows, in which groups and order; all of it is in the address. */
import { isEnded } from '../protocol/names.ts'
import type { ProcessView } from '../protocol/view.ts'
import { GROUPINGS, type Grouping } from '../words/groups.ts'
import { naturalOrder } from '../words/natural-order.ts'
import { needsSomebody, STATES, severity, stateOf } from '../words/states.ts'
import type { Query } from './route.ts'

export const FILTERS = ['all', 'attention', 'running', 'starting', 'waiting', 'paused', 'ended'] as const
export type ListFilter = (typeof FILTERS)[number]
export const SORTS = ['status', 'name', 'cpu', 'memory', 'newest'] as const
export type Sort = (typeof SORTS)[number]

const PASSES: Record<ListFilter, (view: ProcessView) => boolean> = {
  all: () => true,
  attention: needsSomebody,
  running: ({ status }) => status === 'running',
  starting: ({ status }) => status === 'starting' || status === 'retrying' || status === 'completing',
  waiting: ({ status }) => status === 'pending',
  paused: ({ status }) => status === 'paused',
  ended: ({ status }) => isEnded(status),
}

export interface Selection {
  filter: ListFilter
  text: string
  sort: Sort
  /** Turned round. */
  reverse: boolean
  group: Grouping
  project: string | null
  owner: string | null
}

const oneOf = <T extends string>(all: readonly T[], value: string | undefined, otherwise: T): T =>
  (all as readonly (string | undefined)[]).includes(value) ? (value as T) : otherwise

export function selectionOf(query: Query): Selection {
  const { status, q = '', sort = '', group, project, owner } = query
  return {
    filter: oneOf(FILTERS, status, 'all'),
    text: q,
    sort: oneOf(SORTS, sort.replace(/-$/, ''), 'status'),
    reverse: sort.endsWith('-'),
    group: oneOf(GROUPINGS, group, 'project'),
    project: project ?? null,
    owner: owner ?? null,
  }
}

/** What is as usual is left out. */
export const queryOf = ({
  filter,
  text,
  sort,
  reverse,
  group,
  project,
  owner,
}: Selection): Record<string, string | undefined> => ({
  status: filter === 'all' ? undefined : filter,
  q: text || undefined,
  sort: sort === 'status' && !reverse ? undefined : `${sort}${reverse ? '-' : ''}`,
  group: group === 'project' ? undefined : group,
  project: project ?? undefined,
  owner: owner ?? undefined,
})

export function countsOf(views: Iterable<ProcessView>): Record<ListFilter, number> {
  const counts: Record<ListFilter, number> = { all: 0, attention: 0, running: 0, starting: 0, waiting: 0, paused: 0, ended: 0 }
  for (const view of views) for (const filter of FILTERS) if (PASSES[filter](view)) counts[filter]++
  return counts
}

const ORDER: Record<Sort, (a: ProcessView, b: ProcessView) => number> = {
  status: (a, b) => severity(a) - severity(b),
  name: (a, b) => naturalOrder(a.name, b.name),
  cpu: (a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1),
  memory: (a, b) => (b.memoryBytes ?? -1) - (a.memoryBytes ?? -1),
  newest: (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt),
}

export const orderOf =
  ({ sort, reverse }: Pick<Selection, 'sort' | 'reverse'>) =>
  (a: ProcessView, b: ProcessView): number =>
    ORDER[sort](a, b) * (reverse ? -1 : 1) || naturalOrder(a.name, b.name)

export function select(views: Iterable<ProcessView>, selection: Selection): ProcessView[] {
  const { filter, text, project, owner } = selection
  const wanted = text.trim().toLowerCase()
  const holds = (view: ProcessView): boolean => {
    const { name, title, type, owner: whose, tags, command } = view
    const parts = [name, title ?? '', type, whose, ...tags, command.join(' '), STATES[stateOf(view)].word]
    return parts.some((part) => part.toLowerCase().includes(wanted))
  }
  return [...views]
    .filter(
      (view) =>
        PASSES[filter](view) &&
        (project === null || (view.project ?? view.tags[0] ?? '') === project) &&
        (owner === null || view.owner === owner) &&
        (wanted === '' || holds(view)),
    )
    .sort(orderOf(selection))
}
