/** The last samples as a line, beside the figure that says the same. */
interface SparklineProps {
  values: readonly number[]
  /** What fills the height at least, so that next to nothing does not look like much. */
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
