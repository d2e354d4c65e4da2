/** The pointer over the lanes: what it is on, a drag along the time, a wheel that makes it larger or moves it. */
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Pointed } from './lanes.ts'
import type { Axis } from './stretch-paths.ts'
import { xOf } from './stretch-paths.ts'

interface PointerProps {
  field: RefObject<HTMLDivElement | null>
  tip: RefObject<HTMLDivElement | null>
  namesPx: number
  axis: Axis
  pointed: Pointed | null
  /** What is at this place of the lane; `y` from its upper edge. */
  meet(key: string | null, x: number, y: number): Pointed | null
  setPointed(pointed: Pointed | null): void
  open(pointed: Pointed): void
  pan(share: number): void
  zoom(factor: number, about: number | null): void
}

/** Less is a click with a hand that is not quite still. */
const DRAG_PX = 4
/** Of a wheel, for twice as much time. */
const WHEEL_PX = 400

export function usePointer(props: PointerProps) {
  const latest = useRef(props)
  latest.current = props
  const drag = useRef<{ id: number; x: number; moved: boolean } | null>(null)
  const place = ({
    clientX,
    clientY,
    target,
  }: MouseEvent): { x: number; y: number; key: string | null; lane: Element | null } => {
    const { field, namesPx } = latest.current
    const box = field.current!.getBoundingClientRect()
    const lane = target instanceof Element ? target.closest('[data-key]') : null
    const y = lane === null ? 0 : clientY - lane.getBoundingClientRect().top
    return { x: clientX - box.left - namesPx, y, key: lane?.getAttribute('data-key') ?? null, lane }
  }
  // A wheel that scrolls must not be taken away from the browser, so this one is not passive only where it is ours.
  useEffect(() => {
    const onWheel = (event: WheelEvent): void => {
      const { axis, pan, zoom } = latest.current
      const { x } = place(event)
      const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
      if (event.ctrlKey || event.metaKey) zoom(2 ** (event.deltaY / WHEEL_PX), Math.min(1, Math.max(0, x / axis.px)))
      else if (Math.abs(along) > Math.abs(event.shiftKey ? 0 : event.deltaY)) pan(along / axis.px)
      else return
      event.preventDefault()
    }
    const { current } = latest.current.field
    current!.addEventListener('wheel', onWheel, { passive: false })
    return () => current!.removeEventListener('wheel', onWheel)
  }, [])
  // Beside what is meant, where neither pointer nor edge cuts it.
  useEffect(() => {
    const { field, tip, pointed, axis, namesPx } = latest.current
    if (pointed === null || tip.current === null) return
    const lane = [...field.current!.querySelectorAll('[data-key]')].find((each) => each.getAttribute('data-key') === pointed.key)
    if (lane === undefined) return
    const [box, row, own] = [field.current!, lane, tip.current].map((each) => each.getBoundingClientRect()) as [
      DOMRect,
      DOMRect,
      DOMRect,
    ]
    const below = row.bottom - box.top + own.height + 4 < box.height
    const x = namesPx + Math.max(0, xOf(axis, pointed.stretch.fromMs))
    tip.current.style.left = `${Math.max(4, Math.min(x, box.width - own.width - 8))}px`
    tip.current.style.top = `${(below ? row.bottom : row.top - own.height) - box.top}px`
  })
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button === 0 && place(event).x >= 0) drag.current = { id: event.pointerId, x: event.clientX, moved: false }
    },
    onPointerMove: (event: PointerEvent & { currentTarget: HTMLElement }): void => {
      const { axis, pan, meet, pointed, setPointed } = latest.current
      const { current } = drag
      if (current?.id === event.pointerId) {
        const px = event.clientX - current.x
        if (!current.moved && Math.abs(px) < DRAG_PX) return
        if (!current.moved) event.currentTarget.setPointerCapture(event.pointerId)
        drag.current = { ...current, x: event.clientX, moved: true }
        if (pointed !== null) setPointed(null)
        return pan(-px / axis.px)
      }
      if (event.pointerType !== 'mouse') return
      const { x, y, key } = place(event)
      const next = x < 0 ? null : meet(key, x, y)
      if (
        next?.stretch.run !== pointed?.stretch.run ||
        next?.key !== pointed?.key ||
        next?.stretch.class !== pointed?.stretch.class
      )
        setPointed(next)
    },
    onPointerUp: (event: PointerEvent): void => {
      const { meet, open } = latest.current
      const { current } = drag
      drag.current = null
      if (current === null || current.moved) return
      const { x, y, key } = place(event)
      const met = meet(key, x, y)
      if (met !== null) open(met)
    },
    onPointerCancel: (): void => {
      drag.current = null
    },
    onPointerLeave: (): void => {
      if (drag.current === null) latest.current.setPointed(null)
    },
  }
}
