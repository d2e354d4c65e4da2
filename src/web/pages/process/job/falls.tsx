/** A waterfall: a line for each step or attempt, along one time. */
import { STATES } from '../../../../words/states.ts'
import { durationWords } from '../../../../words/status.ts'
import { timeWords } from '../../../../words/time.ts'
import { useApp } from '../../../app-state.ts'
import { placeOf, type Waterfall } from '../../../job/waterfall.ts'
import { Mark } from '../../../parts/icon.tsx'

const TIMES = 4

export function Falls({ waterfall: { fromMs, toMs, falls }, label }: { waterfall: Waterfall; label: string }) {
  const { nowMs } = useApp()
  const times = Array.from({ length: TIMES }, (_, i) => fromMs + (i / (TIMES - 1)) * (toMs - fromMs))
  const nowX = nowMs < toMs ? `${Math.round(((nowMs - fromMs) / (toMs - fromMs)) * 1000) / 10}%` : null
  return (
    <div class="falls">
      <div class="fall-row" aria-hidden="true">
        <ol class="x">
          {times.map((ms, index) => (
            <li key={index}>{timeWords(new Date(ms).toISOString(), nowMs)}</li>
          ))}
        </ol>
      </div>
      <ol aria-label={label}>
        {falls.map(({ key, depth, state, name, pieces, tookMs, note }) => (
          <li key={key} class={`fall-row d${Math.min(depth, 3)} ${STATES[state].hue}`}>
            <Mark state={state} named />
            <span class="name cut" title={name}>
              {name}
            </span>
            <svg class="tl-bars" aria-hidden="true">
              {nowX !== null && <line class="now" x1={nowX} x2={nowX} y1="0" y2="28" />}
              {pieces.map((piece, index) => {
                const { x, width } = placeOf({ fromMs, toMs }, piece)
                const isTall = piece.class === 'bad' || piece.class === 'lost'
                return (
                  <rect
                    key={index}
                    class={piece.class}
                    x={`${x}%`}
                    width={`${width}%`}
                    y={isTall ? 7 : piece.class === 'plan' ? 11 : 9}
                    height={isTall ? 14 : piece.class === 'plan' ? 6 : 10}
                    rx="2"
                  />
                )
              })}
            </svg>
            <span class="num">{tookMs === null ? '' : durationWords(rounded(tookMs))}</span>
            <small class="cut" title={note}>
              {note}
            </small>
          </li>
        ))}
      </ol>
    </div>
  )
}

const rounded = (ms: number): number =>
  ms >= 10_000 ? Math.round(ms / 1000) * 1000 : Math.round(ms / 100) * 100 || Math.round(ms)
