/** Stretches as a few paths: one for each form, whatever they show. What is closer together than a pixel is one. */
import { LANE_PX, type Stretch } from './stretches.ts'

/** From milliseconds to pixels. */
export interface Axis {
  fromMs: number
  toMs: number
  px: number
}

export const xOf = ({ fromMs, toMs, px }: Axis, ms: number): number => ((ms - fromMs) / (toMs - fromMs)) * px
export const msAt = ({ fromMs, toMs, px }: Axis, x: number): number => fromMs + (x / px) * (toMs - fromMs)

/** What is drawn later lies above: what went wrong is never hidden. */
const ORDER: readonly Stretch['class'][] = [
  'done',
  'off',
  'idle',
  'run',
  'held',
  'wait',
  'plan',
  'move',
  'paused',
  'sick',
  'lost',
  'bad',
]
/** A moment is as wide as this. */
const LEAST_PX = 2
/** These are frames, with a line within their edges. */
const FRAMES: ReadonlySet<string> = new Set(['sick', 'wait', 'plan', 'lost'])

export interface Path {
  class: Stretch['class']
  d: string
}

const round = (n: number): number => Math.round(n * 10) / 10

/** `members`: of a set, one after another from top to bottom in the room of one lane. */
export function pathsOf(members: readonly (readonly Stretch[])[], axis: Axis): Path[] {
  const paths = new Map<Stretch['class'], string>()
  const share = (LANE_PX - 8) / members.length
  members.forEach((stretches, index) => {
    const middle = members.length === 1 ? LANE_PX / 2 : 4 + (index + 0.5) * share
    const open = new Map<Stretch['class'], { from: number; to: number; height: number }>()
    const close = (name: Stretch['class']): void => {
      const box = open.get(name)
      if (box === undefined) return
      const height = members.length === 1 ? box.height : Math.max(name === 'bad' ? 3 : 0.5, Math.min(box.height, share - 1))
      const inset = FRAMES.has(name) ? 0.5 : 0
      const [x, y] = [round(box.from + inset), round(middle - height / 2 + inset)]
      const [width, tall] = [round(Math.max(LEAST_PX, box.to - box.from) - 2 * inset), round(height - 2 * inset)]
      paths.set(name, `${paths.get(name) ?? ''}M${x} ${y}h${width}v${tall}h${-width}z`)
      open.delete(name)
    }
    for (const { class: name, fromMs, toMs, height } of stretches) {
      const [from, to] = [Math.max(-4, xOf(axis, fromMs)), Math.min(axis.px + 4, xOf(axis, toMs))]
      if (to < -3 || from > axis.px + 3) continue
      const before = open.get(name)
      if (before !== undefined && before.height === height && from <= Math.max(before.to, before.from + LEAST_PX) + 1)
        before.to = Math.max(before.to, to)
      else {
        close(name)
        open.set(name, { from, to, height })
      }
    }
    for (const name of [...open.keys()]) close(name)
  })
  return ORDER.flatMap((name) => (paths.has(name) ? [{ class: name, d: paths.get(name)! }] : []))
}

/** As close as a pointer has to come. */
const REACH_PX = 4

/** The one that is met at a place: the last that was begun, of those that are narrower than a pointer the nearest. */
export function stretchAt(stretches: readonly Stretch[], axis: Axis, x: number): Stretch | null {
  let best: { stretch: Stretch; distance: number } | null = null
  for (const stretch of stretches) {
    const [from, to] = [xOf(axis, stretch.fromMs), Math.max(xOf(axis, stretch.toMs), xOf(axis, stretch.fromMs) + LEAST_PX)]
    const distance = x < from ? from - x : x > to ? x - to : 0
    if (distance <= REACH_PX && (best === null || distance <= best.distance)) best = { stretch, distance }
  }
  return best?.stretch ?? null
}
