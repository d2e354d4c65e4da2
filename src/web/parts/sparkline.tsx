/** The last samples as a line, beside the same figure as text. */
interface SparklineProps {
  values: readonly number[]
  /** Minimum of the scale's top, so that noise does not look like load. */
  floor?: number
  label: string
}

export function Sparkline({ values, floor = 0, label }: SparklineProps) {
  if (values.length < 2) return <svg class="spark" role="img" aria-label={label} />
  const top = Math.max(...values, floor, 1e-9)
  const points = values.map(
    (value, i) => `${((i / (values.length - 1)) * 60).toFixed(1)},${(17 - (value / top) * 15).toFixed(1)}`,
  )
  return (
    <svg class="spark" viewBox="0 0 60 18" preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline points={points.join(' ')} />
    </svg>
  )
}
