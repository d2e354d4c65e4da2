/** The controls that the process's state and the user's role permit. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { act, ask, useApp } from '../app-state.ts'
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

const deletion = ({ name }: ProcessView) => ({
  title: `Delete ${name}?`,
  text: 'It leaves the list with its steps and runs. Its log stays on the disk until `ptrack delete --purge`.',
  yes: 'Delete',
})

export function Actions({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  const [busy, setBusy] = useState<Action | null>(null)
  if (!session) return null
  const run = async (action: Action): Promise<void> => {
    // The only irreversible one.
    if (action === 'delete' && !(await ask(deletion(view)))) return
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
          disabled={busy !== null || known.link !== 'here'}
          onClick={() => void run(action)}
          aria-label={`${action} ${view.name}`}
        >
          {busy === action ? '…' : FACES[action]}
        </button>
      ))}
    </span>
  )
}
