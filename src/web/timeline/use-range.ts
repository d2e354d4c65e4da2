/** The time that is shown: moved at once, and in the address when the movement is over. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useNow } from '../app-state.ts'
import { linkToPage, type Query, replaceRoute } from '../route.ts'
import { backOf, liveRange, panned, queryOfRange, type Range, rangeOf, zoomed } from './range.ts'

/** After the last movement: an address for each pixel would help nobody. */
const SETTLED_MS = 250

/** Of a range that does not move: what grows in it is seen growing. */
const HELD_MS = 5000

/** About a pixel of a screen. */
const stepOf = ({ fromMs, toMs }: Range): number => Math.max(1000, Math.round((toMs - fromMs) / 1500))

export function useRange(query: Query) {
  const [moved, setMoved] = useState<Range | null>(null)
  const latest = useRef(query)
  latest.current = query
  const inAddress = `${query.range} ${query.from} ${query.to}`
  const own = useRef(inAddress)
  // Back and links win over what was moved before; the movement's own address changes nothing.
  useEffect(() => {
    if (inAddress !== own.current) setMoved(null)
  }, [inAddress])
  useEffect(() => {
    if (moved === null) return
    const later = setTimeout(() => {
      const { range: _range, from: _from, to: _to, ...rest } = latest.current
      const { range, from, to } = queryOfRange(moved)
      own.current = `${range} ${from} ${to}`
      replaceRoute(linkToPage('timeline', { ...rest, range, from, to }))
    }, SETTLED_MS)
    return () => clearTimeout(later)
  }, [moved])
  const isLive = moved?.live ?? rangeOf(query, 0).live
  // What moves on is drawn again when it would be another pixel, not with each second.
  const nowMs = useNow(isLive ? stepOf(moved ?? rangeOf(query, 0)) : HELD_MS)
  const shown = moved === null ? rangeOf(query, nowMs) : moved.live ? liveRange(backOf(moved), nowMs) : moved
  const current = useRef(shown)
  current.current = shown
  const move = (next: (before: Range) => Range): void => {
    current.current = next(current.current)
    setMoved(current.current)
  }
  return {
    shown,
    nowMs,
    pan: (share: number): void => move((before) => panned(before, share, Date.now())),
    zoom: (factor: number, about: number | null = null): void => move((before) => zoomed(before, factor, about, Date.now())),
    toNow: (backMs: number): void => move(() => liveRange(backMs, Date.now())),
  }
}
