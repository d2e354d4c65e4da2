/** A wide dialog with a form: what was typed is not thrown away without a question. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import '../../style/form.css'
import { Dialog } from '../dialog.tsx'

interface FormDialogProps {
  title: string
  class?: string
  /** What would be lost, such as `3 changes`; null = nothing. */
  unsaved: string | null
  /** Its present step, whose beginning is shown when it changes. */
  step?: string
  onSubmit(): void
  onClose(): void
  children: ComponentChildren
  /** Below the fields, always in sight: state at the left, buttons at the right. `leave` asks if it has to. */
  foot(leave: () => void): ComponentChildren
}

export function FormDialog({ title, class: name = '', unsaved, step = '', onSubmit, onClose, children, foot }: FormDialogProps) {
  const [isAsking, setAsking] = useState(false)
  const body = useRef<HTMLDivElement>(null)
  // Browsers begin at what scrolls.
  useEffect(() => body.current!.querySelector('input')?.focus(), [])
  const leave = (): void => (unsaved === null ? onClose() : setAsking(!isAsking))
  useEffect(() => {
    if (unsaved === null) return
    const onUnload = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener('beforeunload', onUnload)
    return () => removeEventListener('beforeunload', onUnload)
  }, [unsaved === null])
  return (
    <Dialog title={title} class={`wide ${name}`} onClose={onClose} onLeave={leave}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          onSubmit()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          onSubmit()
        }}
      >
        <div class="body" key={step} ref={body}>
          {children}
        </div>
        {isAsking && unsaved !== null ? (
          <div class="choices" role="alertdialog" aria-label={`Throw away ${unsaved}?`}>
            <b>Throw away {unsaved}?</b>
            <button type="button" ref={focus} onClick={() => setAsking(false)}>
              Go on editing
            </button>
            <button type="button" class="danger" onClick={onClose}>
              Throw away
            </button>
          </div>
        ) : (
          <div class="choices">{foot(leave)}</div>
        )}
      </form>
    </Dialog>
  )
}

const focus = (button: HTMLButtonElement | null): void => button?.focus()
