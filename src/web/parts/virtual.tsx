/** Draws only the visible ones of many rows. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { firstIndex, type Heights } from '../heights.ts'
import { useKeptPlace } from '../use-kept-place.ts'

const BEYOND = 8

export interface VirtualProps {
  heights: Heights
  row(index: number): ComponentChildren
  class?: string
  label: string
  role?: 'log' | 'grid'
  /** 0 unless what is in it has the focus. */
  tabIndex?: number
  rowCount?: number
  /** The indexes that are drawn. */
  onSight?(first: number, last: number): void
  pinned?: boolean
  onPinned?(pinned: boolean): void
  /** A row's key, ascending: visible rows stay in place when earlier ones come, go, or change their height. */
  keyOf?(index: number): number
  /** The measured height of a drawn row, if it differs from the estimate. */
  onMeasured?(index: number, px: number): void
  /** A row to scroll to, once for each `turn`. */
  goTo?: { index: number; turn: number }
  onWidth?(px: number): void
  fits?: boolean
  /** Its place is kept in the history of the browser. */
  keepsPlace?: boolean
  head?: ComponentChildren
}

/** What of it is below the lower edge is less than a row and a half. */
const isAtEnd = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean => scrollHeight - scrollTop - clientHeight < 30

export function Virtual(props: VirtualProps) {
  const {
    heights,
    row,
    class: name,
    label,
    role,
    pinned,
    onPinned,
    keyOf,
    onMeasured,
    goTo,
    onWidth,
    fits,
    keepsPlace = false,
    head,
    tabIndex = 0,
    rowCount,
    onSight,
  } = props
  const box = useRef<HTMLElement & HTMLDivElement>(null)
  const rows = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  /** At the upper edge: the key of a row, and how much of it is hidden. */
  const anchor = useRef({ key: Number.NaN, hiddenPx: 0 })
  const lastTop = useRef(0)
  const lastTurn = useRef(0)
  useKeptPlace(box, keepsPlace, heights.count > 0)
  const look = (): void => {
    const { scrollTop, clientHeight } = box.current!
    lastTop.current = scrollTop
    if (keyOf && heights.count > 0) {
      const index = heights.at(scrollTop)
      anchor.current = { key: keyOf(index), hiddenPx: scrollTop - heights.top(index) }
    }
    setView((old) => (old.top === scrollTop && old.height === clientHeight ? old : { top: scrollTop, height: clientHeight }))
  }
  const latestWidth = useRef(onWidth)
  latestWidth.current = onWidth
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      latestWidth.current?.(box.current!.clientWidth)
      setView((old) => ({ ...old, height: box.current!.clientHeight }))
    })
    observer.observe(box.current!)
    latestWidth.current?.(box.current!.clientWidth)
    return () => observer.disconnect()
  }, [])
  useLayoutEffect(() => {
    const { current } = box
    const { key, hiddenPx } = anchor.current
    if (goTo && goTo.turn !== lastTurn.current) {
      lastTurn.current = goTo.turn
      const px = heights.top(goTo.index)
      const isInSight = px >= current!.scrollTop && heights.top(goTo.index + 1) <= current!.scrollTop + current!.clientHeight
      if (!isInSight) current!.scrollTop = px - current!.clientHeight / 3
    } else if (pinned) {
      // Scrolled up in this frame: the event of it is still to come, and would find the end again.
      if (current!.scrollTop < lastTop.current && !isAtEnd(current!)) onPinned?.(false)
      else current!.scrollTop = heights.total
    } else if (keyOf && !Number.isNaN(key)) {
      const index = firstIndex(heights.count, (each) => keyOf(each) >= key, -1)
      const px = heights.top(Math.max(0, index)) + (index >= 0 && keyOf(index) === key ? hiddenPx : 0)
      if (index >= 0 && Math.abs(px - current!.scrollTop) >= 1) current!.scrollTop = px
    }
    look()
  }, [heights, pinned, goTo?.turn, view.height])
  const first = heights.count === 0 ? 0 : Math.max(0, heights.at(view.top) - BEYOND)
  const last = heights.count === 0 ? 0 : Math.min(heights.count, heights.at(view.top + view.height) + 1 + BEYOND)
  useLayoutEffect(() => {
    if (!onMeasured) return
    const drawn = rows.current!.children
    for (let i = 0; i < drawn.length && first + i < heights.count; i++) {
      const px = (drawn[i] as HTMLElement).offsetHeight
      if (px !== heights.top(first + i + 1) - heights.top(first + i)) onMeasured(first + i, px)
    }
  })
  useLayoutEffect(() => onSight?.(first, last), [first, last])
  const scrolled = (): void => {
    // The last event of a list may come after it has gone.
    if (box.current === null) return
    const isUp = box.current.scrollTop < lastTop.current
    look()
    const atEnd = isAtEnd(box.current)
    // Growth alone does not mean that the user stopped following.
    if (atEnd || isUp) onPinned?.(atEnd)
  }
  const drawn = []
  for (let index = first; index < last; index++) drawn.push(row(index))
  // A grid is what a section may not be.
  const Box = role === 'grid' ? 'div' : 'section'
  return (
    <Box
      class={`virtual ${fits ? 'fits' : ''} ${name ?? ''}`}
      ref={box}
      onScroll={scrolled}
      tabIndex={tabIndex}
      role={role}
      aria-live={role === 'log' ? 'off' : undefined}
      {...(rowCount === undefined ? {} : { 'aria-rowcount': rowCount })}
      aria-label={label}
    >
      {head}
      <div class="extent" style={{ height: `${heights.total}px` }}>
        <div class="window" ref={rows} style={{ transform: `translateY(${heights.top(first)}px)` }}>
          {drawn}
        </div>
      </div>
    </Box>
  )
}
