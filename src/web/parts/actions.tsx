/** The controls that the process's state and the user's role permit, with their words. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import type { Action } from '../../words/takes.ts'
import { useApp } from '../app-state.ts'
import { ACTION_WORDS, actionsFor } from '../rights.ts'
import { Icon } from './icon.tsx'
import { ACTION_ICONS, askAndAct } from './row-actions.tsx'

export function Actions({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  const [busy, setBusy] = useState<Action | null>(null)
  if (!session) return null
  const run = async (action: Action): Promise<void> => {
    setBusy(action)
    await askAndAct(action, view)
    setBusy(null)
  }
  return (
    <span class="actions">
      {actionsFor(session, view).map((action) => (
        <button
          key={action}
          type="button"
          class={action === 'delete' ? 'danger' : undefined}
          disabled={busy !== null || known.link !== 'here'}
          onClick={() => void run(action)}
          aria-label={`${action === 'reset' ? 'reset counters of' : action} ${view.name}`}
        >
          <Icon name={ACTION_ICONS[action]} />
          {action === 'reset' ? 'Reset counters' : ACTION_WORDS[action]}
        </button>
      ))}
    </span>
  )
}
