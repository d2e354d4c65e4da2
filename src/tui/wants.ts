/** What has to be known to draw what is in sight, beside the views that the daemon pushes: a pure function of the model. */
import { isEnded } from '../protocol/names.ts'
import { layoutOf } from './layout.ts'
import type { Effect, Model } from './model.ts'
import { STRIP_FROM } from './panels/columns.ts'
import { listed, selectedRow, selectedView, viewsOf } from './rows.ts'

export interface Want {
  what: 'strips' | 'daemon' | 'history' | 'details' | 'timeline' | 'fleet'
  /** Asked for again when it changes, but not before it has stood still for so long. */
  key: string
  settleMs: number
  /** Asked for again after this time in any case; what lives grows. */
  everyMs: number
  effect: Effect
}

const SETTLE_MS = 150
/** As the page asks. */
const FLEET_MS = 2000
const MINUTE_MS = 60_000
/** The daemon keeps points of 15 s for an hour. */
const POINT_MS = 15_000

export function wants(model: Model): Want[] {
  const { place, awaySinceMs, loaded, views, nowMs } = model
  if (awaySinceMs !== null || !loaded) return []
  const all: Want[] = []
  if (place === 'fleet') all.push({ what: 'fleet', key: '', settleMs: 0, everyMs: FLEET_MS, effect: { do: 'load-fleet' } })
  if (views.size === 0) return all
  const layout = layoutOf(model)
  if (place !== 'help' && model.columns >= HEAD_FROM)
    all.push({ what: 'daemon', key: '', settleMs: 0, everyMs: 5000, effect: { do: 'load-daemon' } })
  const view = selectedView(model) ?? viewsOf(selectedRow(model))[0] ?? null
  if (layout.machine !== null || layout.details !== null) {
    const id = layout.details === null ? null : (view?.id ?? null)
    const any = view?.id ?? views.keys().next().value!
    all.push({ what: 'history', key: id ?? '', settleMs: SETTLE_MS, everyMs: POINT_MS, effect: { do: 'load-history', id, any } })
  }
  if (place === 'list' && layout.details !== null && view !== null && view.id === model.selected) {
    const { id, run, status, health, results } = view
    const key = [id, run, status, health, results].join(' ')
    // Steps and checks move without a word of the view.
    const everyMs = isEnded(status) ? MINUTE_MS : 3000
    all.push({ what: 'details', key, settleMs: SETTLE_MS, everyMs, effect: { do: 'load-details', id } })
  }
  if (place === 'list' && layout.rows !== null && layout.rows.width >= STRIP_FROM) {
    const seen = listed(model)
      .slice(model.top, model.top + layout.rows.height)
      .flatMap((row) => (row.kind === 'process' ? [row.view] : row.kind === 'set' ? [row.cell.views[0]!] : []))
    const key = seen.map(({ id, run, status }) => `${id} ${run} ${status}`).join()
    const ids = seen.map(({ id }) => id)
    if (ids.length > 0)
      all.push({ what: 'strips', key, settleMs: SETTLE_MS, everyMs: MINUTE_MS, effect: { do: 'load-strips', ids } })
  }
  if (place === 'timeline') {
    const { hours } = model.timeline
    all.push({
      what: 'timeline',
      key: String(hours),
      settleMs: 0,
      everyMs: hours === 1 ? 5000 : MINUTE_MS,
      effect: { do: 'load-timeline', hours, sinceMs: nowMs - hours * 3_600_000 },
    })
  }
  return all
}
/** Narrower, the head has no room for the load of the machine. */
export const HEAD_FROM = 64
