/** The list of processes, for `ls` and `watch`: columns, the order in which they are dropped, sorting. */
import { isEnded } from '../../protocol/names.ts'
import { shortName } from '../../protocol/project.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { progressWords } from '../../words/progress.ts'
import { durationWords, percentWords, portWords, sizeWords, statusWords, UNKNOWN, uptimeMs } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import { type Cell, type Column, fittingKeys, renderColumns } from './columns.ts'
import { type Style, statusPaint } from './style.ts'

export const COLUMN_KEYS = [
  '#',
  'id',
  'name',
  'title',
  'kind',
  'type',
  'status',
  'health',
  'progress',
  'pid',
  'uptime',
  'restarts',
  'cpu',
  'mem',
  'ports',
  'owner',
  'tags',
  'results',
] as const
export type ColumnKey = (typeof COLUMN_KEYS)[number]
export const DEFAULT_COLUMNS: readonly ColumnKey[] = [
  '#',
  'name',
  'type',
  'status',
  'health',
  'progress',
  'pid',
  'uptime',
  'restarts',
  'cpu',
  'mem',
  'ports',
]
export const isColumnKey = (text: string): text is ColumnKey => (COLUMN_KEYS as readonly string[]).includes(text)

type ListColumn = Column<ProcessView>

function columnsFor({ style, nowMs, stateOf }: ListOptions, foldHealth: boolean): Record<ColumnKey, ListColumn> {
  const text = (key: ColumnKey, of: (view: ProcessView) => string, more: Partial<ListColumn> = {}): ListColumn => ({
    key,
    title: key,
    cell: (view) => ({ text: clean(of(view)) }),
    ...more,
  })
  return {
    '#': text('#', (view) => String(view.number ?? UNKNOWN), { align: 'right', dropOrder: 12 }),
    id: text('id', (view) => view.id, { dropOrder: 1 }),
    name: {
      key: 'name',
      title: 'name',
      shrinkTo: 20,
      shrinkLast: true,
      cell: (view) => ({ text: clean(view.name), paint: style.bold }),
    },
    title: text('title', (view) => view.title ?? UNKNOWN, { shrinkTo: 10, dropOrder: 2 }),
    kind: text('kind', (view) => view.kind, { dropOrder: 3 }),
    type: text('type', (view) => view.type, { shrinkTo: 8, dropOrder: 4 }),
    owner: text('owner', (view) => view.owner, { dropOrder: 3 }),
    tags: text('tags', (view) => view.tags.join(',') || UNKNOWN, { shrinkTo: 8, dropOrder: 2 }),
    status: {
      key: 'status',
      title: 'status',
      // `failed: exit code 137`, `crash loop, next in 3s`.
      shrinkTo: 22,
      cell: (view) => stateOf?.(view) ?? { text: statusWords(view, nowMs, foldHealth), paint: statusPaint(view, style) },
    },
    health: {
      key: 'health',
      title: 'health',
      dropOrder: 5,
      cell: (view) => ({
        text: view.health === 'unknown' ? UNKNOWN : view.health,
        paint: view.health === 'healthy' ? style.green : view.health === 'unhealthy' ? style.red : style.dim,
      }),
    },
    // Figures only; `show` and `run` have room for a bar.
    progress: text('progress', (view) => progressWords(view.progress, !isEnded(view.status)) ?? UNKNOWN, { shrinkTo: 4 }),
    results: text('results', (view) => String(view.results), { align: 'right', dropOrder: 3 }),
    cpu: text('cpu', (view) => percentWords(view.cpuPercent), { align: 'right', dropOrder: 6 }),
    ports: text('ports', (view) => view.ports.map((port) => portWords(port, view.pid)).join(', ') || UNKNOWN, {
      shrinkTo: 10,
      dropOrder: 7,
    }),
    restarts: text('restarts', (view) => String(view.restarts), { align: 'right', dropOrder: 8 }),
    mem: text('mem', (view) => sizeWords(view.memoryBytes), { align: 'right', dropOrder: 9 }),
    uptime: text('uptime', (view) => durationWords(uptimeMs(view, nowMs)), { align: 'right', dropOrder: 10 }),
    pid: text('pid', (view) => (view.pid === null ? UNKNOWN : String(view.pid)), { align: 'right', dropOrder: 11 }),
  }
}

export interface ListOptions {
  style: Style
  /** null = no limit. */
  width: number | null
  nowMs: number
  columns?: readonly string[]
  /** Of a view whose state is none of a process; null = as usual. */
  stateOf?: (view: ProcessView) => Cell | null
}

/** Those without a project first, then each project under a line with its name. */
export function renderGroups(views: readonly ProcessView[], options: ListOptions): string[] {
  const groups = new Map<string | null, ProcessView[]>([[null, []]])
  for (const view of views) groups.set(view.project, [...(groups.get(view.project) ?? []), view])
  if (groups.size === 1) return renderList(views, options)
  const named = [...groups].filter(([project]) => project !== null).sort(([a], [b]) => (a! < b! ? -1 : 1))
  const ordered = [[null, groups.get(null)!] as const, ...named]
  const [head, ...rows] = renderList(
    ordered.flatMap(([, group]) => group).map((view) => ({ ...view, name: shortName(view.fullName) })),
    options,
  )
  const lines = [head!]
  for (const [project, group] of ordered) {
    if (project !== null) lines.push(options.style.bold(clean(`${project}/`)))
    lines.push(...rows.splice(0, group.length))
  }
  return lines
}

export function renderList(views: readonly ProcessView[], options: ListOptions): string[] {
  // Without jobs the column would be empty.
  const standard = views.some((view) => view.progress !== null)
    ? DEFAULT_COLUMNS
    : DEFAULT_COLUMNS.filter((key) => key !== 'progress')
  const keys = (options.columns ?? standard).filter(isColumnKey)
  const pick = (fold: boolean): ListColumn[] => {
    const all = columnsFor(options, fold)
    return keys.map((key) => all[key])
  }
  // `unhealthy` must stay visible when its column does not fit.
  const fold = !fittingKeys(pick(false), views, options.width).includes('health')
  return renderColumns(pick(fold), views, options.width, options.style.dim)
}
