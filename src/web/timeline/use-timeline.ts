/** The runs of the time that is shown: one request for all of it, again when something began or ended. */
import { useRef } from 'preact/hooks'
import type { TimelineView } from '../../protocol/overview.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { request, useApp } from '../app-state.ts'
import { type Asked, useAsked } from '../use-asked.ts'
import { asked, type Range } from './range.ts'

/** At least so long between two requests for the same time, however much happens in it. */
const SOONEST_MS = 2000
/** Without a turn: estimates change. */
const AGAIN_MS = 30_000

/** `targets`: null for all of them. */
export function useTimeline(shown: Range, views: readonly ProcessView[], targets: readonly string[] | null): Asked<TimelineView> {
  const { known, nowMs } = useApp()
  const turns = views.map(({ id, run, status, health }) => `${id} ${run} ${status} ${health}`).join()
  const last = useRef({ turns, atMs: nowMs })
  const ageMs = nowMs - last.current.atMs
  if (ageMs >= AGAIN_MS || (turns !== last.current.turns && ageMs >= SOONEST_MS)) last.current = { turns, atMs: nowMs }
  const { sinceMs, untilMs } = asked(shown, nowMs)
  const key = `${known.link} ${sinceMs} ${untilMs} ${untilMs === undefined ? last.current.atMs : ''} ${targets?.join()}`
  return useAsked(key, () =>
    request('timeline', {
      sinceMs,
      ...(untilMs === undefined ? {} : { untilMs }),
      ...(targets === null ? {} : { targets: [...targets] }),
    }),
  )
}
