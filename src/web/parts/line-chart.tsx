/** Samples as a line, by uPlot, which is loaded with the first chart. */
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'

const HEIGHT_PX = 160

interface LineChartProps {
  values: readonly number[]
  words: (value: number | null) => string
  /** Minimum of the scale's top. */
  floor: number
  label: string
}

export function LineChart({ values, words, floor, label }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const data: uPlot.AlignedData = [values.map((_, index) => index - values.length + 1), [...values]]
  const latest = useRef(data)
  latest.current = data
  useEffect(() => {
    let over = false
    void import('./uplot.ts').then(({ Plot }) => {
      if (over || box.current === null) return
      const color = getComputedStyle(box.current).getPropertyValue('--accent')
      const axis = getComputedStyle(box.current).getPropertyValue('--ink-2')
      plot.current = new Plot(
        {
          width: box.current.clientWidth || 300,
          height: HEIGHT_PX,
          // Room for the last point.
          padding: [8, 10, 8, 0],
          legend: { show: false },
          cursor: { show: false },
          scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, floor)] } },
          axes: [
            { show: false },
            { stroke: axis, grid: { stroke: axis, width: 0.2 }, size: 64, values: (_plot, ticks) => ticks.map(words) },
          ],
          series: [{}, { stroke: color, width: 2, fill: `${color}22` }],
        },
        latest.current,
        box.current,
      )
    })
    const observer = new ResizeObserver(([entry]) =>
      plot.current?.setSize({ width: Math.max(100, entry!.contentRect.width), height: HEIGHT_PX }),
    )
    observer.observe(box.current!)
    return () => {
      over = true
      observer.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [])
  useEffect(() => plot.current?.setData(data), [values.length, values.at(-1)])
  return (
    <div class="chart">
      <div ref={box} role="img" aria-label={`${label}: now ${words(values.at(-1) ?? null)}`} />
      {values.length < 2 && <p class="empty">Two samples are needed; one comes every few seconds while it runs.</p>}
    </div>
  )
}
