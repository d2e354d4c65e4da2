/** A button that opens a panel below it; Escape and a click elsewhere close it and restore the focus. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

interface PopoverProps {
  label: string
  title?: string
  face: ComponentChildren
  children: ComponentChildren
  /** A list of things to do: each of them closes it. */
  menu?: boolean
  tabIndex?: number
  /** Its name for keys. */
  does?: string
  onToggle?(open: boolean): void
}

export function Popover({ label, title, face, children, menu = false, tabIndex, does, onToggle }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLElement>(null)
  const latest = useRef(onToggle)
  latest.current = onToggle
  const close = (): void => {
    setOpen(false)
    root.current?.querySelector('button')?.focus()
  }
  useLayoutEffect(() => {
    if (!open) return
    latest.current?.(true)
    if (menu) float(layer.current!, root.current!.querySelector('button')!)
    const onKey = (event: KeyboardEvent): void => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (menu && step !== undefined) {
        const items = [...layer.current!.querySelectorAll<HTMLElement>('button, a')]
        items.at((items.indexOf(document.activeElement as HTMLElement) + step) % items.length)?.focus()
      } else if (event.key === 'Escape') close()
      else return
      event.preventDefault()
      event.stopPropagation()
    }
    const onClick = (event: MouseEvent): void => {
      if (!event.composedPath().includes(root.current!)) setOpen(false)
    }
    addEventListener('keydown', onKey, true)
    const onScroll = (): void => setOpen(false)
    addEventListener('click', onClick)
    if (menu) addEventListener('scroll', onScroll, true)
    return () => {
      latest.current?.(false)
      removeEventListener('keydown', onKey, true)
      removeEventListener('click', onClick)
      removeEventListener('scroll', onScroll, true)
    }
  }, [open])
  return (
    <div class="popover" ref={root}>
      <button
        type="button"
        class="tool"
        title={title}
        data-does={does}
        tabIndex={tabIndex}
        aria-label={label}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {face}
      </button>
      {open && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: what was clicked is a button of its own
        <section
          ref={layer}
          class={`layer ${menu ? 'menu' : ''}`}
          popover={menu ? 'manual' : undefined}
          aria-label={label}
          onClick={() => menu && close()}
        >
          {children}
        </section>
      )}
    </div>
  )
}

/** Above everything, where no list cuts it off; below its button, or above it where there is no room. */
function float(layer: HTMLElement, button: HTMLElement): void {
  layer.showPopover()
  const { top, bottom, right } = button.getBoundingClientRect()
  const { width, height } = layer.getBoundingClientRect()
  layer.style.left = `${Math.max(8, right - width)}px`
  layer.style.top = `${bottom + height + 8 > innerHeight ? Math.max(8, top - height - 4) : bottom + 4}px`
}
