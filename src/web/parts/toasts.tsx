/** Brief messages about what just happened; read out by screen readers. */
import { dismiss, useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'

export function Toasts() {
  const { toasts } = useApp()
  return (
    <section class="toasts" aria-label="News" aria-live="polite">
      {toasts.map(({ id, tone, text, process }) => (
        <div key={id} class={`toast ${tone}`}>
          {process === null ? <span>{text}</span> : <a href={linkTo(process)}>{text}</a>}
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </section>
  )
}
