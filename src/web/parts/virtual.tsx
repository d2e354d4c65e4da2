/** Of many rows only those that can be seen are drawn; all have the same height. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

const BEYOND = 8

export interface VirtualProps {
  count: number
  rowPx: number
  row(index: number): ComponentChildren
  class?: string
  label: string
  role?: 'log'
  /** Keeps the end in sight while it grows. */
  pinned?: boolean
  onScroll?(atEnd: boolean, atStart: boolean): void
}

export function Virtual({ count, rowPx, row, class: name, label, role, pinned, onScroll }: VirtualProps) {
  const box = useRef<HTMLElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  const measure = (): void => {
    const { scrollTop, clientHeight } = box.current!
    setView((old) => (old.top === scrollTop && old.height === clientHeight ? old : { top: scrollTop, height: clientHeight }))
  }
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure)
    observer.observe(box.current!)
    return () => observer.disconnect()
  }, [])
  useLayoutEffect(() => {
    if (pinned) box.current!.scrollTop = count * rowPx
    measure()
  }, [count, pinned, rowPx])
  const first = Math.max(0, Math.floor(view.top / rowPx) - BEYOND)
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowPx) + BEYOND)
  const rows = []
  for (let index = first; index < last; index++) rows.push(row(index))
  const scrolled = (): void => {
    measure()
    const { scrollTop, scrollHeight, clientHeight } = box.current!
    onScroll?.(scrollHeight - scrollTop - clientHeight < rowPx * 1.5, scrollTop < rowPx)
  }
  return (
    <section class={`virtual ${name ?? ''}`} ref={box} onScroll={scrolled} tabIndex={0} role={role} aria-label={label}>
      <div class="extent" style={{ height: `${count * rowPx}px` }}>
        <div class="window" style={{ transform: `translateY(${first * rowPx}px)` }}>
          {rows}
        </div>
      </div>
    </section>
  )
}
