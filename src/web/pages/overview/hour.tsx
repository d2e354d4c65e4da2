/** The last hour of what began, ended or changed in it. */
import { needsSomebody, severity, stateOf } from '../../../words/states.ts'
import { useApp, useNow } from '../../app-state.ts'
import { Mark } from '../../parts/icon.tsx'
import { barsOf, isEventful, ticksOf } from '../../past.ts'
import { linkTo } from '../../route.ts'
import type { Past } from './use-past.ts'

const HOUR_MS = 3_600_000
/** About what a pixel is. */
const STEP_MS = 5000
/** Right of now, for what is expected. */
const AHEAD_MS = 12 * 60_000
const MOST = 14
const WORDS: Readonly<Record<string, string>> = { bad: 'failed', lost: 'interrupted', sick: 'unhealthy' }

export function Hour({ past: { timeline } }: { past: Past }) {
  const { known } = useApp()
  const nowMs = useNow(STEP_MS)
  const [fromMs, toMs] = [nowMs - HOUR_MS, nowMs + AHEAD_MS]
  const rows = (timeline ?? [])
    .flatMap((process) => {
      const view = known.views.get(process.id)
      return view !== undefined && (isEventful(process, fromMs) || needsSomebody(view)) ? [{ process, view }] : []
    })
    .sort((a, b) => severity(a.view) - severity(b.view))
    .slice(0, MOST)
  if (rows.length === 0) return null
  const nowX = `${Math.round(((nowMs - fromMs) / (toMs - fromMs)) * 1000) / 10}%`
  const ticks = ticksOf(fromMs, nowMs, toMs)
  return (
    <section class="panel hour" aria-labelledby="h-hour">
      <header>
        <h2 id="h-hour">The last hour</h2>
        <small>What began, ended or changed</small>
      </header>
      <div class="tl-axis">
        <svg aria-hidden="true">
          {ticks.map(({ text, x }) => (
            <text key={text} x={`${x}%`} y="17">
              {text}
            </text>
          ))}
          <text class="now" x={nowX} y="17">
            now
          </text>
        </svg>
      </div>
      <ul class="tl">
        {rows.map(({ process, view }) => {
          const bars = barsOf(process, fromMs, nowMs, toMs)
          const said = ['bad', 'lost', 'sick']
            .map((kind) => [bars.filter((bar) => bar.class === kind).length, WORDS[kind]] as const)
            .filter(([count]) => count > 0)
            .map(([count, word]) => `${count} ${word}`)
          return (
            <li key={process.id} class="tl-row">
              <span class="tl-name">
                <Mark state={stateOf(view)} named />
                <a class="name cut" href={linkTo(view.name)} title={view.name}>
                  {view.name}
                </a>
              </span>
              <svg
                class="tl-bars"
                role="img"
                aria-label={`The last hour of ${view.name}: ${said.join(', ') || 'nothing went wrong'}`}
              >
                {ticks.map(({ text, x }) => (
                  <line key={text} class="grid" x1={`${x}%`} x2={`${x}%`} y1="0" y2="28" />
                ))}
                {bars.map(({ class: kind, x, width, y, height }) => (
                  <rect key={`${kind} ${x} ${width}`} class={kind} x={`${x}%`} width={`${width}%`} y={y} height={height} rx="2" />
                ))}
                <line class="now" x1={nowX} x2={nowX} y1="0" y2="28" />
              </svg>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
