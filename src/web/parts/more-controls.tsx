/** Less common controls, on a process's own page. */
import { useState } from 'preact/hooks'
import { isEnded } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { act, useApp } from '../app-state.ts'
import { mayAct } from '../rights.ts'
import { Icon } from './icon.tsx'
import { lazily } from './lazily.tsx'
import { SignalMenu } from './signal-menu.tsx'

const EditForm = lazily(async () => (await import('./form/edit-form.tsx')).EditForm)

export function MoreControls({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  const [isChanging, setChanging] = useState(false)
  if (!session || !mayAct(session, view)) return null
  const away = known.link !== 'here'
  return (
    <span class="actions">
      {view.kind === 'service' && !isEnded(view.status) && (
        <button
          type="button"
          disabled={away}
          title="restart its instances one by one, each when the one before is healthy"
          aria-label={`reload ${view.name}`}
          onClick={() => void act('reload', view)}
        >
          <Icon name="restart" />
          Reload
        </button>
      )}
      <SignalMenu view={view} />
      <button type="button" disabled={away} aria-label={`change ${view.name}`} onClick={() => setChanging(true)}>
        <Icon name="edit" />
        Change…
      </button>
      {isChanging && <EditForm view={view} onClose={() => setChanging(false)} />}
    </span>
  )
}
