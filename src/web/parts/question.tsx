/** Asks before what cannot be undone. */
import { useState } from 'preact/hooks'
import { answer, useApp } from '../app-state.ts'
import { Dialog } from './dialog.tsx'

export function Question() {
  const { question } = useApp()
  const [written, write] = useState('')
  if (question === null) return null
  const { title, text, yes, typed } = question
  return (
    <Dialog key={title} title={title} onClose={() => answer(false)}>
      <p>{text}</p>
      {typed !== undefined && (
        <label>
          <span>
            Type <b>{typed}</b> to go on
          </span>
          <input autocomplete="off" value={written} onInput={({ currentTarget }) => write(currentTarget.value)} />
        </label>
      )}
      <div class="choices">
        <button type="button" onClick={() => answer(false)}>
          Keep it
        </button>
        <button
          type="button"
          class="danger"
          disabled={typed !== undefined && written.trim() !== typed}
          onClick={() => {
            write('')
            answer(true)
          }}
        >
          {yes}
        </button>
      </div>
    </Dialog>
  )
}
