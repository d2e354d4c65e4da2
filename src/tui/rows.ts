/** Which processes are listed, and their order: the command line's filter, the typed words, the sort. */
import { isEnded } from '../protocol/names.ts'
import type { Filter } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import { sortViews } from '../words/sort.ts'
import { statusWord } from '../words/states.ts'
import type { Model } from './model.ts'

/** As in `ls`: older ended jobs are hidden, unless all or single ones are asked for. */
const RECENT_MS = 60 * 60 * 1000

/** The daemon pushes every view; this filters them as `list` would. */
export function wantedBy(filter: Filter, nowMs: number): (view: ProcessView) => boolean {
  const old = (view: ProcessView): boolean =>
    view.kind !== 'service' && isEnded(view.status) && nowMs - Date.parse(view.endedAt ?? view.since) >= RECENT_MS
  const takesOld = filter.all === true || (filter.targets?.length ?? 0) > 0
  return (view) =>
    (takesOld || !old(view)) &&
    (filter.type === undefined || view.type === filter.type) &&
    (filter.status === undefined || filter.status.includes(view.status)) &&
    (filter.owner === undefined || view.owner === filter.owner) &&
    (filter.project === undefined || view.project === filter.project) &&
    (filter.session === undefined || view.session === filter.session) &&
    (filter.tag === undefined || view.tags.includes(filter.tag))
}

function contains(words: string): (view: ProcessView) => boolean {
  const all = words.toLowerCase().split(/\s+/).filter(Boolean)
  return (view) => {
    const text = [
      view.name,
      view.title ?? '',
      view.type,
      view.status,
      statusWord(view.status),
      view.health,
      view.owner,
      ...view.tags,
    ]
      .join('\n')
      .toLowerCase()
    return all.every((word) => text.includes(word))
  }
}

interface Listed {
  key: string
  rows: readonly ProcessView[]
}
/** Cached: the list is needed several times a frame, and sorting a thousand takes milliseconds. */
const known = new WeakMap<Model['views'], Listed>()

export function listed(model: Model): readonly ProcessView[] {
  const { views, filter, words, sort, nowMs } = model
  const second = Math.floor(nowMs / 1000)
  const key = JSON.stringify([filter, words, sort, second])
  const before = known.get(views)
  if (before?.key === key) return before.rows
  const wanted = wantedBy(filter, second * 1000)
  const matches = contains(words)
  const chosen = [...views.values()].filter((view) => wanted(view) && (words === '' || matches(view)))
  const rows = sortViews(chosen, sort, second * 1000)
  known.set(views, { key, rows })
  return rows
}

export const selectedView = (model: Model): ProcessView | null =>
  model.selected === null ? null : (model.views.get(model.selected) ?? null)
