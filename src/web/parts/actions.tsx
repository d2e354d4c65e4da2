/** The controls that the process takes now and the role may use; no others. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { act, useApp } from '../app-state.ts'
import { type Action, actionsFor } from '../rights.ts'

const FACES: Record<Action, string> = {
  start: '▶ Start',
  restart: '⟳ Restart',
  reset: '0 Reset',
  pause: '❚❚ Pause',
  resume: '▶ Resume',
  stop: '■ Stop',
  cancel: '✕ Cancel',
  delete: '✕ Delete',
}

export function Actions({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  const [busy, setBusy] = useState<Action | null>(null)
  const [sure, setSure] = useState(false)
  if (!session) return null
  const run = async (action: Action): Promise<void> => {
    // The only one that cannot be taken back asks for a second click.
    if (action === 'delete' && !sure) return setSure(true)
    setSure(false)
    setBusy(action)
    await act(action, view)
    setBusy(null)
  }
  return (
    <span class="actions">
      {actionsFor(session, view).map((action) => (
        <button
          key={action}
          type="button"
          class={action === 'delete' && sure ? 'danger' : undefined}
          disabled={busy !== null || known.link !== 'here'}
          onClick={() => void run(action)}
          onBlur={() => setSure(false)}
          aria-label={`${action} ${view.name}`}
        >
          {busy === action ? '…' : action === 'delete' && sure ? 'Really delete?' : FACES[action]}
        </button>
      ))}
    </span>
  )
}
