/** Brief messages about what just happened; read out by screen readers. */
import { dismiss, useApp } from '../app-state.ts'
import { linkTo } from '../route.ts'
import { Icon } from './icon.tsx'

const FACES = { good: 'check', bad: 'x', quiet: 'info' } as const

export function Toasts() {
  const { toasts } = useApp()
  return (
    <section class="toasts" aria-label="News" aria-live="polite">
      {toasts.map(({ id, tone, text, process }) => (
        <div key={id} class={`toast ${tone}`}>
          <Icon name={FACES[tone]} />
          {process === null ? <span>{text}</span> : <a href={linkTo(process)}>{text}</a>}
          <button type="button" class="tool" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="x" />
          </button>
        </div>
      ))}
    </section>
  )
}
