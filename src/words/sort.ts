/** Orders of a list of processes. */
import type { ProcessView } from '../protocol/view.ts'
import { naturalOrder } from './natural-order.ts'
import { severity } from './states.ts'
import { uptimeMs } from './status.ts'

export const SORT_KEYS = ['name', 'cpu', 'memory', 'uptime', 'status', 'restarts'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** Unknown figures go last, whatever the direction; of the statuses, the worst comes first. */
export function comparing(key: SortKey, nowMs: number): (a: ProcessView, b: ProcessView) => number {
  const byName = (a: ProcessView, b: ProcessView): number => naturalOrder(a.name, b.name)
  const figures: Partial<Record<SortKey, (view: ProcessView) => number | null>> = {
    cpu: (view) => view.cpuPercent,
    memory: (view) => view.memoryBytes,
    uptime: (view) => uptimeMs(view, nowMs),
    restarts: (view) => view.restarts,
  }
  const figure = figures[key]
  if (figure) return (a, b) => (figure(b) ?? -1) - (figure(a) ?? -1) || byName(a, b)
  return key === 'status' ? (a, b) => severity(a) - severity(b) || byName(a, b) : byName
}

export const sortViews = (views: readonly ProcessView[], key: SortKey, nowMs: number): ProcessView[] =>
  [...views].sort(comparing(key, nowMs))
