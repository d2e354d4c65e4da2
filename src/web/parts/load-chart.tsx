/** A load over a time, with its times and three of its figures; own SVG, as many points as are kept. */
import type { MetricsHistory } from '../../protocol/overview.ts'
import type { Scale } from '../../words/scales.ts'
import { clockWords, dayWords } from '../../words/short.ts'
import { linePaths } from '../drawings.ts'

export const LEAST_POINTS = 4
const SIZE = { width: 240, height: 84 }

interface LoadChartProps {
  title: string
  /** Of which time: `last hour`. */
  span: string
  now: string
  values: readonly (number | null)[]
  scale: Scale
  words(value: number): string
  history: Pick<MetricsHistory, 'since' | 'stepMs' | 'points'>
}

export function LoadChart({ title, span, now, values, scale, words, history }: LoadChartProps) {
  const known = values.filter((value) => value !== null)
  // A few measurements are no history.
  if (known.length < LEAST_POINTS) return null
  const { line, area } = linePaths(values, scale, SIZE.width, SIZE.height)
  const from = Date.parse(history.since)
  const at = (share: number): string => new Date(from + history.stepMs * history.points * share).toISOString()
  const times = [0, 0.5, 1].map((share) => (history.stepMs < 3_600_000 ? clockWords(at(share)) : dayWords(at(share))))
  const figures = [scale.high, (scale.high + scale.low) / 2, scale.low].map(words)
  return (
    <figure class="chart" aria-label={`${title}, ${span}`}>
      <figcaption>
        <b>{title}</b> {now} <small>{span}</small>
      </figcaption>
      <div class="plot">
        <ol class="y" aria-hidden="true">
          {figures.map((each, index) => (
            <li key={index}>{each}</li>
          ))}
        </ol>
        <svg
          viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: from ${words(Math.min(...known))} to ${words(Math.max(...known))} in the ${span}, now ${now}`}
        >
          <path class="grid-line" d={`M0 0H${SIZE.width}M0 ${SIZE.height / 2}H${SIZE.width}M0 ${SIZE.height}H${SIZE.width}`} />
          <path class="area" d={area} />
          <path class="line" d={line} />
        </svg>
        <ol class="x" aria-hidden="true">
          {times.map((time) => (
            <li key={time}>{time}</li>
          ))}
        </ol>
      </div>
    </figure>
  )
}
