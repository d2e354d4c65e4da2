/** Asks before what cannot be undone. */
import { answer, useApp } from '../app-state.ts'
import { Dialog } from './dialog.tsx'

export function Question() {
  const { question } = useApp()
  if (question === null) return null
  const { title, text, yes } = question
  return (
    <Dialog key={title} title={title} onClose={() => answer(false)}>
      <p>{text}</p>
      <div class="choices">
        <button type="button" onClick={() => answer(false)}>
          Keep it
        </button>
        <button type="button" class="danger" onClick={() => answer(true)}>
          {yes}
        </button>
      </div>
    </Dialog>
  )
}
