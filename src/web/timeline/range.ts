/** Which time the timeline shows: with now near its end, moving on, or held where somebody looks. All of it is in the address. */
import type { Query } from '../route.ts'

export interface Range {
  fromMs: number
  toMs: number
  /** Ends with now and what is expected; it moves on. */
  live: boolean
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const PRESETS = [
  { name: '1 h', ms: HOUR_MS },
  { name: '24 h', ms: DAY_MS },
  { name: '7 d', ms: 7 * DAY_MS },
] as const

/** Right of now, for what is expected: this share of what is behind. */
const AHEAD = 0.25
/** Less is finer than what is known of a run, more than is asked for. */
const LEAST_MS = 2 * MINUTE_MS
const MOST_MS = 8 * DAY_MS

export const liveRange = (backMs: number, nowMs: number): Range => ({
  fromMs: nowMs - backMs,
  toMs: nowMs + backMs * AHEAD,
  live: true,
})

/** How far back a live one shows. */
export const backOf = ({ fromMs, toMs }: Range): number => (toMs - fromMs) / (1 + AHEAD)

const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

export function rangeOf({ range, from, to }: Query, nowMs: number): Range {
  const [fromMs, toMs] = [Date.parse(from ?? ''), Date.parse(to ?? '')]
  if (fromMs < toMs) return { ...withinBounds(fromMs, toMs), live: false }
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(range ?? '') ?? []
  const backMs = count === undefined ? HOUR_MS : Number(count) * UNITS[unit!]!
  return liveRange(Math.min(MOST_MS, Math.max(LEAST_MS, backMs)), nowMs)
}

function withinBounds(fromMs: number, toMs: number): { fromMs: number; toMs: number } {
  const whole = toMs - fromMs
  const bounded = Math.min(MOST_MS * (1 + AHEAD), Math.max(LEAST_MS, whole))
  const middle = (fromMs + toMs) / 2
  return { fromMs: middle - bounded / 2, toMs: middle + bounded / 2 }
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** As it is in the address; the last hour is as usual. */
export function queryOfRange(shown: Range): { range?: string | undefined; from?: string; to?: string } {
  if (!shown.live) return { from: iso(shown.fromMs), to: iso(shown.toMs) }
  const minutes = Math.max(1, Math.round(backOf(shown) / MINUTE_MS))
  const [count, unit] = minutes % 1440 === 0 ? [minutes / 1440, 'd'] : minutes % 60 === 0 ? [minutes / 60, 'h'] : [minutes, 'm']
  return { range: minutes === 60 ? undefined : `${count}${unit}` }
}

/** `share`: of the width, to the right where positive. What comes up to now again moves on with it. */
export function panned(shown: Range, share: number, nowMs: number): Range {
  const whole = shown.toMs - shown.fromMs
  const toMs = shown.toMs + whole * share
  const live = liveRange(backOf(shown), nowMs)
  return toMs >= live.toMs ? live : { fromMs: toMs - whole, toMs, live: false }
}

/** Larger with a factor below 1, about the place under the pointer (a share of the width); about now where it is live and nobody points. */
export function zoomed(shown: Range, factor: number, about: number | null, nowMs: number): Range {
  if (shown.live && about === null) {
    const minutes = Math.round((backOf(shown) * factor) / MINUTE_MS)
    return liveRange(Math.min(7 * DAY_MS, Math.max(LEAST_MS, minutes * MINUTE_MS)), nowMs)
  }
  const whole = shown.toMs - shown.fromMs
  const next = Math.min(MOST_MS * (1 + AHEAD), Math.max(LEAST_MS, whole * factor))
  const at = shown.fromMs + whole * (about ?? 0.5)
  const fromMs = at - next * (about ?? 0.5)
  const held = { fromMs, toMs: fromMs + next, live: false }
  return held.toMs >= liveRange(backOf(held), nowMs).toMs ? liveRange(backOf(held), nowMs) : held
}

/** What to ask for: more than is shown, in steps, so that a small movement asks for nothing. */
export function asked(shown: Range, nowMs: number): { sinceMs: number; untilMs: number | undefined } {
  const step = (shown.toMs - shown.fromMs) / 2
  const untilMs = (Math.floor(shown.toMs / step) + 2) * step
  return { sinceMs: (Math.floor(shown.fromMs / step) - 1) * step, untilMs: untilMs >= nowMs ? undefined : untilMs }
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 11_520].map((minutes) => minutes * MINUTE_MS)
/** Between two times on the axis there is room for their words. */
const TICK_PX = 84

export interface Tick {
  ms: number
  text: string
}

const two = (n: number): string => String(n).padStart(2, '0')
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Times on the axis, in whole steps of the local day; the day is named where it begins. */
export function ticks({ fromMs, toMs }: Pick<Range, 'fromMs' | 'toMs'>, px: number): Tick[] {
  const least = ((toMs - fromMs) / Math.max(1, px)) * TICK_PX
  const step = STEPS_MS.find((each) => each >= least) ?? STEPS_MS.at(-1)!
  const midnight = new Date(fromMs)
  midnight.setHours(0, 0, 0, 0)
  const all: Tick[] = []
  for (let day = midnight.getTime(), index = 0; day < toMs && all.length < 200; index++) {
    const next = new Date(midnight)
    next.setDate(midnight.getDate() + index + 1)
    // Days have other lengths when the clocks change.
    for (let ms = day; ms < next.getTime(); ms += Math.min(step, DAY_MS)) {
      const isDue = step <= DAY_MS || Math.round(day / DAY_MS) % (step / DAY_MS) === 0
      if (ms >= fromMs && ms <= toMs && isDue) all.push({ ms, text: words(ms) })
    }
    day = next.getTime()
  }
  return all
}

function words(ms: number): string {
  const at = new Date(ms)
  if (at.getHours() === 0 && at.getMinutes() === 0) return `${DAYS[at.getDay()]} ${at.getDate()}`
  return `${two(at.getHours())}:${two(at.getMinutes())}`
}
