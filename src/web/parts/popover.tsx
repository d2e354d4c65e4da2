/** A button that opens a panel below it; Escape and a click elsewhere close it and restore the focus. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export function Popover({ label, face, children }: { label: string; face: ComponentChildren; children: ComponentChildren }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (!open) return
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      setOpen(false)
      root.current?.querySelector('button')?.focus()
    }
    const onClick = (event: MouseEvent): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('keydown', onKey)
    addEventListener('click', onClick)
    return () => {
      removeEventListener('keydown', onKey)
      removeEventListener('click', onClick)
    }
  }, [open])
  return (
    <div class="popover" ref={root}>
      <button type="button" class="plain" aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)}>
        {face}
      </button>
      {open && (
        <section class="panel" aria-label={label}>
          {children}
        </section>
      )}
    </div>
  )
}
