/** The last samples as a line, beside the figure that says the same. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return <svg class="spark" role="img" aria-label={label} />
  const top = Math.max(...values, 1e-9)
  const points = values.map(
    (value, i) => `${((i / (values.length - 1)) * 60).toFixed(1)},${(17 - (value / top) * 15).toFixed(1)}`,
  )
  return (
    <svg class="spark" viewBox="0 0 60 18" preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline points={points.join(' ')} />
    </svg>
  )
}
