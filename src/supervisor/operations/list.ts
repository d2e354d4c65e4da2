/** list: the views of many, or one page of those that matter most. */
import { isEnded } from '../../protocol/names.ts'
import { projectOf } from '../../protocol/project.ts'
import type { Params } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { selectAll } from './shared/select.ts'

/** `ls` leaves out jobs that ended longer ago, unless all are asked for. */
const RECENT_MS = 60 * 60 * 1000

export async function list(supervisor: Supervisor, filter: Params<'list'>): Promise<ProcessView[]> {
  supervisor.sampler.refreshIfOld()
  const named = filter.targets !== undefined && filter.targets.length > 0
  const chosen = named ? selectAll(supervisor, filter.targets!) : supervisor.registry.all()
  const recentMs = supervisor.world.clock.wall() - RECENT_MS
  const passing: Managed[] = []
  for (const managed of chosen) if (passes(managed, filter, recentMs, named)) passing.push(managed)
  return firstOf(supervisor, passing, filter.max).map((managed) => supervisor.views.of(managed))
}

/** Only one page of views is built, as they are what costs: live ones, then waiting ones in order, then the latest ended. */
function firstOf(supervisor: Supervisor, managed: Managed[], max: number | undefined): Managed[] {
  if (max === undefined || managed.length <= max) return managed
  const page: Managed[] = []
  const queued = new Set<string>()
  for (const each of managed) {
    if (supervisor.admission.waits(each)) queued.add(each.record.id)
    else if (!isEnded(each.record.tracked.state.status)) page.push(each)
  }
  if (page.length < max && queued.size > 0)
    page.push(...supervisor.admission.firstWaiting(max - page.length, (id) => queued.has(id)))
  return page.length < max ? page.concat(lastEnded(managed, max - page.length)) : page.slice(0, max)
}

/** Latest first. Sorts only the candidates, not all that ever ended. */
function lastEnded(managed: readonly Managed[], count: number): Managed[] {
  const latestFirst = (a: Managed, b: Managed): number => (b.record.endedAtMs ?? 0) - (a.record.endedAtMs ?? 0)
  let found: Managed[] = []
  let fromMs = Number.NEGATIVE_INFINITY
  for (const each of managed) {
    if (!isEnded(each.record.tracked.state.status) || (each.record.endedAtMs ?? 0) < fromMs) continue
    found.push(each)
    if (found.length < 4 * count) continue
    found = found.sort(latestFirst).slice(0, count)
    fromMs = found.at(-1)!.record.endedAtMs ?? 0
  }
  return found.sort(latestFirst).slice(0, count)
}

function passes({ record }: Managed, filter: Params<'list'>, recentMs: number, named: boolean): boolean {
  const { definition, tracked } = record
  if (filter.type !== undefined && definition.type !== filter.type) return false
  if (filter.status !== undefined && !filter.status.includes(tracked.state.status)) return false
  if (filter.owner !== undefined && record.owner !== filter.owner) return false
  if (filter.project !== undefined && projectOf(definition.name) !== filter.project) return false
  if (filter.session !== undefined && record.session?.name !== filter.session) return false
  if (filter.tag !== undefined && !definition.tags.includes(filter.tag)) return false
  if (named || filter.all || definition.kind === 'service' || !isEnded(tracked.state.status)) return true
  return (record.endedAtMs ?? tracked.sinceMs) > recentMs
}
