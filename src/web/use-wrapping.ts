/** Heights of wrapping lines: estimated from their columns in a monospaced font, corrected by measurement when drawn. */
import { useRef, useState } from 'preact/hooks'
import type { HeldLine } from './log-lines.ts'

export interface Wrapping {
  turn: number
  heightOf(line: Pick<HeldLine, 'number' | 'columns'>): number
  onWidth(px: number): void
  onMeasured(line: Pick<HeldLine, 'number'>, px: number): void
}

/** `gutterPx`: what of a line's width is not its text. */
export function useWrapping(isOn: boolean, rowPx: number, gutterPx: number): Wrapping {
  const [turn, setTurn] = useState(0)
  const widthPx = useRef(0)
  const gutter = useRef(gutterPx)
  const columns = useRef(Number.POSITIVE_INFINITY)
  /** Measured heights that differ from the estimate, by line number, at the present width. */
  const measured = useRef(new Map<number, number>())
  const estimate = (): void => {
    columns.current = Math.max(1, Math.floor((widthPx.current - gutterPx) / characterPx()))
    measured.current.clear()
  }
  // Before the heights are asked for: another gutter is another width.
  if (gutter.current !== gutterPx) {
    gutter.current = gutterPx
    if (widthPx.current > 0) estimate()
  }
  return {
    turn,
    heightOf: ({ number, columns: taken }) =>
      (measured.current.size > 0 && measured.current.get(number)) || Math.max(1, Math.ceil(taken / columns.current)) * rowPx,
    onWidth: (px) => {
      if (px === widthPx.current) return
      widthPx.current = px
      estimate()
      setTurn((n) => n + 1)
    },
    onMeasured: ({ number }, px) => {
      if (!isOn || px === 0 || measured.current.get(number) === px) return
      measured.current.set(number, px)
      setTurn((n) => n + 1)
    },
  }
}

/** Of the monospaced font of logs. */
function characterPx(): number {
  const ruler = document.createElement('span')
  ruler.className = 'log ruler'
  ruler.textContent = '0'.repeat(100)
  document.body.append(ruler)
  const { width } = ruler.getBoundingClientRect()
  ruler.remove()
  return width / 100
}
