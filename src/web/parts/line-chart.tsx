/** Samples as a line from 0, with the figures of its scale; own SVG. */
import { linePaths } from '../drawings.ts'

const SIZE = { width: 480, height: 120 }

interface LineChartProps {
  values: readonly number[]
  words: (value: number | null) => string
  /** Minimum of the scale's top. */
  floor: number
  label: string
}

export function LineChart({ values, words, floor, label }: LineChartProps) {
  if (values.length < 2) return <p class="empty">Two samples are needed; one comes every few seconds while it runs.</p>
  const high = Math.max(floor, ...values) * 1.1
  const { line, area } = linePaths(values, { low: 0, high }, SIZE.width, SIZE.height)
  return (
    <div class="plot">
      <ol class="y" aria-hidden="true">
        <li>{words(high)}</li>
        <li>{words(0)}</li>
      </ol>
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: now ${words(values.at(-1) ?? null)}`}
      >
        <path class="area" d={area} />
        <path class="line" d={line} />
      </svg>
    </div>
  )
}
