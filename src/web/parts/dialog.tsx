/** A modal dialog: the browser traps the focus, closes it on Escape and restores the focus. With `onLeave`, Escape asks there first. */
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

interface DialogProps {
  title: string
  class?: string
  onClose(): void
  /** Instead of closing it, on Escape and a click beside it. */
  onLeave?(): void
  children: ComponentChildren
}

export function Dialog({ title, class: name, onClose, onLeave, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  const latest = useRef({ onClose, onLeave })
  latest.current = { onClose, onLeave }
  // Before anything is painted: the next letter that is typed belongs to it.
  useLayoutEffect(() => {
    const dialog = box.current!
    let isOver = false
    const closed = (): void => {
      if (!isOver) latest.current.onClose()
    }
    // The key itself: browsers let the second of two Escapes close a dialog, whatever the first was answered.
    const onKey = (event: KeyboardEvent): void => {
      const { onLeave } = latest.current
      if (event.key !== 'Escape' || event.defaultPrevented || onLeave === undefined) return
      event.preventDefault()
      onLeave()
    }
    dialog.addEventListener('close', closed)
    dialog.addEventListener('keydown', onKey)
    const before = document.activeElement
    dialog.showModal()
    // From its beginning, also where what has the focus is at its end.
    dialog.scrollTop = 0
    return () => {
      isOver = true
      dialog.close()
      // The opening element may be gone.
      if (before instanceof HTMLElement && before.isConnected) before.focus()
      else document.getElementById('content')?.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes it as Escape does, which is the browser's
    <dialog
      ref={box}
      class={name}
      aria-labelledby={id}
      onClick={({ target }) => target === box.current && (onLeave ?? onClose)()}
    >
      <div class="sheet">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
