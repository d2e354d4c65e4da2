/** The lines over the time, by level; a part of it is chosen by a drag, or by keys, and its lines are read. */
import { useRef, useState } from 'preact/hooks'
import type { LogCounts } from '../../protocol/log-requests.ts'
import { clockWords, dayWords } from '../../words/short.ts'
import { bucketWords, countPaths } from '../logs/counts.ts'

const SIZE = { width: 900, height: 48 }
/** Words under the drawing. */
const TIMES = 5

interface HistogramProps {
  counts: LogCounts
  time: { fromMs: number; toMs: number } | null
  onChoose(time: { fromMs: number; toMs: number } | null): void
}

export function Histogram({ counts, time, onChoose }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null)
  /** Parts from and to, while they are chosen. */
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const { buckets, bucketMs } = counts
  const sinceMs = Date.parse(counts.since)
  const count = buckets.length
  const paths = countPaths(counts, SIZE.width, SIZE.height)
  const partAt = ({ clientX }: MouseEvent): number => {
    const { left, width } = box.current!.getBoundingClientRect()
    return Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count)))
  }
  const choose = (from: number, to: number): void =>
    onChoose({ fromMs: sinceMs + Math.min(from, to) * bucketMs, toMs: sinceMs + (Math.max(from, to) + 1) * bucketMs })
  const shown =
    drag ?? (time === null ? null : { from: (time.fromMs - sinceMs) / bucketMs, to: (time.toMs - sinceMs) / bucketMs - 1 })
  const [left, right] = shown === null ? [0, 0] : [Math.min(shown.from, shown.to), Math.max(shown.from, shown.to) + 1]
  const x = (part: number): number => (Math.min(count, Math.max(0, part)) / count) * SIZE.width
  const at = cursor ?? count - 1
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key]
    if (step !== undefined) setCursor(Math.min(count - 1, Math.max(0, at + step)))
    else if (event.key === 'Home') setCursor(0)
    else if (event.key === 'End') setCursor(count - 1)
    else if (event.key === 'Enter') choose(at, at)
    else if (event.key === 'Escape' && time !== null) onChoose(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const times = Array.from({ length: TIMES }, (_, i) => new Date(sinceMs + (i / (TIMES - 1)) * count * bucketMs).toISOString())
  const isLong = count * bucketMs > 86_400_000
  return (
    <div class="hist-box">
      <div
        ref={box}
        class="hist"
        role="slider"
        tabIndex={0}
        aria-label="Lines over the time: Enter reads a part of it"
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={at}
        aria-valuetext={bucketWords(buckets[at]!, bucketMs)}
        title={cursor === null ? undefined : bucketWords(buckets[at]!, bucketMs)}
        onKeyDown={onKey}
        onBlur={() => setCursor(null)}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ from: partAt(event), to: partAt(event) })
        }}
        onPointerMove={(event) => {
          if (drag !== null) setDrag({ ...drag, to: partAt(event) })
          else setCursor(partAt(event))
        }}
        onPointerUp={() => {
          if (drag !== null) choose(drag.from, drag.to)
          setDrag(null)
        }}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => drag === null && setCursor(null)}
      >
        <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" aria-hidden="true">
          {shown !== null && (
            <rect class="brush" x={x(left)} y="0" width={Math.max(2, x(right) - x(left))} height={SIZE.height} />
          )}
          {cursor !== null && <rect class="cursor" x={x(at)} y="0" width={SIZE.width / count} height={SIZE.height} />}
          {Object.entries(paths).map(([kind, d]) => d !== '' && <path key={kind} class={kind} d={d} />)}
        </svg>
      </div>
      <ol class="x" aria-hidden="true">
        {times.map((each) => (
          <li key={each}>{isLong ? dayWords(each) : clockWords(each)}</li>
        ))}
      </ol>
      {!counts.whole && (
        <p class="quiet">
          There are more lines than are counted at once: from {clockWords(counts.until)} on they are not in the drawing.
        </p>
      )}
    </div>
  )
}
