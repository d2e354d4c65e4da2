/** Which processes are listed, in which groups and order: the command line's filter, the typed words, the sort. */
import { isEnded } from '../protocol/names.ts'
import type { Filter } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import { type Grouping, worstFirst } from '../words/groups.ts'
import { type ListRow, rowsOf } from '../words/list-rows.ts'
import { comparing } from '../words/sort.ts'
import { needsSomebody, STATES, stateOf } from '../words/states.ts'
import type { Model } from './model.ts'

/** As in `ls`: older ended jobs are hidden, unless all or single ones are asked for. */
const RECENT_MS = 60 * 60 * 1000
/** From this width on there is room for the heads of groups. */
const GROUPS_FROM = 100

/** The daemon pushes every view; this filters them as `list` would. */
export function wantedBy(filter: Filter, nowMs: number): (view: ProcessView) => boolean {
  const old = (view: ProcessView): boolean =>
    view.kind !== 'service' && isEnded(view.status) && nowMs - Date.parse(view.endedAt ?? view.since) >= RECENT_MS
  const takesOld = filter.all === true || (filter.targets?.length ?? 0) > 0
  return (view) =>
    // What has failed is not over until somebody has seen it.
    (takesOld || needsYou(view) || !old(view)) &&
    (filter.type === undefined || view.type === filter.type) &&
    (filter.status === undefined || filter.status.includes(view.status)) &&
    (filter.owner === undefined || view.owner === filter.owner) &&
    (filter.project === undefined || view.project === filter.project) &&
    (filter.session === undefined || view.session === filter.session) &&
    (filter.tag === undefined || view.tags.includes(filter.tag))
}

export const needsYou = (view: ProcessView): boolean => needsSomebody(view) && view.seen == null

export function contains(words: string): (view: ProcessView) => boolean {
  const all = words.toLowerCase().split(/\s+/).filter(Boolean)
  return (view) => {
    const { word } = STATES[stateOf(view)]
    const text = [view.name, view.title ?? '', view.type, view.status, word, view.health, view.owner, ...view.tags]
      .join('\n')
      .toLowerCase()
    return all.every((each) => text.includes(each))
  }
}

/** Chosen by key, or by the width: on a small terminal the worst of all come first, whatever they belong to. */
export function groupingOf({ grouping, columns }: Pick<Model, 'grouping' | 'columns'>): Grouping {
  return grouping ?? (columns >= GROUPS_FROM ? 'project' : 'none')
}

interface Listed {
  key: string
  closed: Model['closed']
  opened: Model['opened']
  rows: readonly ListRow[]
}
/** Cached: the list is needed several times a frame, and sorting a thousand takes milliseconds. */
const known = new WeakMap<Model['views'], Listed>()
const wanted = new WeakMap<Model['views'], { key: string; views: readonly ProcessView[] }>()

/** The processes that are asked for, in no order. */
export function found(model: Model): readonly ProcessView[] {
  const { views, filter, words, nowMs } = model
  // What is old changes by the minute.
  const minute = Math.floor(nowMs / 60_000)
  const key = JSON.stringify([filter, words, minute])
  const before = wanted.get(views)
  if (before?.key === key) return before.views
  const isWanted = wantedBy(filter, nowMs)
  const matches = contains(words)
  const chosen = [...views.values()].filter((view) => isWanted(view) && (words === '' || matches(view)))
  wanted.set(views, { key, views: chosen })
  return chosen
}

/** Ids in the order of the last list: to sort what is almost sorted costs little more than its length. The outcome does not depend on it. */
let lastOrder: readonly string[] = []

function inLastOrder(views: readonly ProcessView[]): ProcessView[] {
  const left = new Map(views.map((view) => [view.id, view]))
  const ordered: ProcessView[] = []
  for (const id of lastOrder) {
    const view = left.get(id)
    if (view === undefined) continue
    ordered.push(view)
    left.delete(id)
  }
  return [...ordered, ...left.values()]
}

export function listed(model: Model): readonly ListRow[] {
  const { views, filter, words, sort, reversed, nowMs, closed, opened } = model
  const by = groupingOf(model)
  const key = JSON.stringify([filter, words, sort, reversed, by, Math.floor(nowMs / 60_000)])
  const before = known.get(views)
  if (before?.key === key && before.closed === closed && before.opened === opened) return before.rows
  const compare = comparing(sort, nowMs)
  const order = reversed ? (a: ProcessView, b: ProcessView) => compare(b, a) : compare
  const layout = { order, closed, opened }
  const chosen = inLastOrder(found(model))
  const grouped = rowsOf(chosen, { ...layout, group: by })
  // The head of a single group without a name says nothing.
  const heads = grouped.filter((row) => row.kind === 'group')
  const rows = heads.length === 1 && heads[0]!.group.name === '' ? rowsOf(chosen, { ...layout, group: 'none' }) : grouped
  lastOrder = rows.flatMap((row) =>
    row.kind === 'process' && !row.child ? [row.view.id] : row.kind === 'set' ? row.cell.views.map(({ id }) => id) : [],
  )
  known.set(views, { key, closed, opened, rows })
  return rows
}

export const isGrouped = (model: Model): boolean => listed(model)[0]?.kind === 'group'

/** The processes that a row stands for, the worst first. */
export function viewsOf(row: ListRow | undefined): readonly ProcessView[] {
  if (row === undefined) return []
  if (row.kind === 'process') return [row.view]
  return row.kind === 'set' ? row.cell.views : row.group.cells.flatMap(({ views }) => views)
}

export const selectedRow = (model: Model): ListRow | undefined => {
  const row = listed(model)[model.selectedIndex]
  return row !== undefined && row.key === model.selected ? row : listed(model).find(({ key }) => key === model.selected)
}

/** The one process that is selected: null where a row stands for several. */
export function selectedView(model: Model): ProcessView | null {
  if (model.place === 'details' && model.details !== null) return model.views.get(model.details.id) ?? null
  const row = selectedRow(model)
  return row?.kind === 'process' ? row.view : null
}

/** What an action is about: the marked ones, else what is selected. */
export function chosen(model: Model): readonly ProcessView[] {
  if (model.place === 'details') {
    const view = selectedView(model)
    return view === null ? [] : [view]
  }
  if (model.marked.size > 0) return [...model.views.values()].filter(({ id }) => model.marked.has(id))
  return viewsOf(selectedRow(model))
}

const asked = new WeakMap<Model['views'], readonly ProcessView[]>()
/** What needs somebody, the worst first, whatever is listed. */
export function needing(model: Model): readonly ProcessView[] {
  const before = asked.get(model.views)
  if (before) return before
  const all = [...model.views.values()].filter(needsYou).sort(worstFirst)
  asked.set(model.views, all)
  return all
}

/** The processes whose log is shown, with a blank between each two; null: none, since a group has to be asked for. */
export function logOf(model: Model): string | null {
  const { place, logMode, log, logsOf, details } = model
  if (place === 'logs') return logsOf.join(' ')
  if (place === 'details') return details?.id ?? log.id
  if (place !== 'list' || logMode === 'off') return log.id
  const row = selectedRow(model)
  return row === undefined || row.kind === 'group'
    ? null
    : viewsOf(row)
        .slice(0, SET_LOGS)
        .map(({ id }) => id)
        .join(' ')
}
/** Of a set with more instances the worst ones are read. */
const SET_LOGS = 20
