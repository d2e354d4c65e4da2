/** The times above the lanes, and behind them the lines of these times, now, and what is not loaded. */
import { ticks } from '../../timeline/range.ts'
import { type Axis, xOf } from '../../timeline/stretch-paths.ts'

interface AxisProps {
  axis: Axis
  namesPx: number
  nowMs: number
}

/** A time that is closer to `now` or to an edge than its words are wide is left out. */
const WORDS_PX = 34

export function AxisLine({ axis, nowMs }: Omit<AxisProps, 'namesPx'>) {
  const nowX = xOf(axis, nowMs)
  const isNow = nowX >= 0 && nowX <= axis.px
  return (
    <div class="tl-axis">
      <span class="quiet">Process</span>
      <svg aria-hidden="true">
        {ticks(axis, axis.px)
          .map(({ ms, text }) => ({ text, ms, x: xOf(axis, ms) }))
          .filter(({ x }) => x > WORDS_PX / 2 && x < axis.px - WORDS_PX / 2 && !(isNow && Math.abs(x - nowX) < WORDS_PX))
          .map(({ ms, x, text }) => (
            <text key={ms} x={x} y="17">
              {text}
            </text>
          ))}
        {isNow && (
          <text class="now" x={nowX} y="17">
            now
          </text>
        )}
      </svg>
    </div>
  )
}

export function Ground({ axis, namesPx, nowMs, wholeMs }: AxisProps & { wholeMs: number | null }) {
  const nowX = xOf(axis, nowMs)
  const lack = wholeMs === null ? 0 : Math.min(axis.px, xOf(axis, wholeMs))
  return (
    <svg class="tl-ground" aria-hidden="true">
      <g transform={`translate(${namesPx} 0)`}>
        {nowX < axis.px && <rect class="future" x={Math.max(0, nowX)} y="0" width="100%" height="100%" />}
        {lack > 0 && <rect class="lack" x="0" y="0" width={lack} height="100%" />}
        {ticks(axis, axis.px).map(({ ms }) => (
          <line key={ms} x1={xOf(axis, ms)} x2={xOf(axis, ms)} y1="0" y2="100%" />
        ))}
        {nowX >= 0 && nowX <= axis.px && <line class="now" x1={nowX} x2={nowX} y1="0" y2="100%" />}
      </g>
    </svg>
  )
}
