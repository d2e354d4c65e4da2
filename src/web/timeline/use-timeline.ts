/** The runs of the time that is shown: one request for all of it, again when something began or ended. */
import { useEffect, useRef, useState } from 'preact/hooks'
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
export function useTimeline(
  shown: Range,
  nowMs: number,
  views: readonly ProcessView[],
  targets: readonly string[] | null,
): Asked<TimelineView> {
  const { known } = useApp()
  const turns = views.map(({ id, run, status, health }) => `${id} ${run} ${status} ${health}`).join()
  const [, lookAgain] = useState(0)
  const last = useRef({ turns, atMs: Date.now() })
  const isOther = turns !== last.current.turns
  const waitMs = isOther ? SOONEST_MS : AGAIN_MS
  if (Date.now() - last.current.atMs >= waitMs) last.current = { turns, atMs: Date.now() }
  useEffect(() => {
    const later = setTimeout(() => lookAgain((n) => n + 1), last.current.atMs + waitMs - Date.now())
    return () => clearTimeout(later)
  }, [waitMs, last.current.atMs])
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
