/** Ctrl K: finds a process or a page, or runs an action, which asks first. */
import { useState } from 'preact/hooks'
import { stateOf } from '../../words/states.ts'
import { useApp } from '../app-state.ts'
import { type Found, find } from '../find.ts'
import { Dialog } from './dialog.tsx'
import { Icon, Mark } from './icon.tsx'
import { askAndAct } from './row-actions.tsx'

export function FindDialog({ onClose }: { onClose: () => void }) {
  const { known, session } = useApp()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  if (!session) return null
  const found = find(text, known.views.values(), session)
  const current = Math.min(at, found.length - 1)
  const take = (entry: Found): void => {
    onClose()
    if (entry.kind === 'action') void askAndAct(entry.action, entry.view)
    else location.hash = entry.link
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((current + step + found.length) % found.length)
    } else if (event.key === 'Enter' && found[current]) {
      event.preventDefault()
      take(found[current])
    }
  }
  return (
    <Dialog title="Find or run" class="palette" onClose={onClose}>
      <div class="ask">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label="Find or run"
          aria-expanded="true"
          aria-controls="found"
          aria-activedescendant={found[current] ? `found-${current}` : undefined}
          placeholder="Process, page, or > action"
          autocomplete="off"
          value={text}
          onKeyDown={onKey}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value)
            setAt(0)
          }}
        />
      </div>
      {/* biome-ignore-start lint/a11y: the focus stays in the field, which names the chosen option */}
      <ul id="found" role="listbox" aria-label="Found">
        {found.map((entry, index) => (
          <li key={entry.key} id={`found-${index}`} role="option" aria-selected={index === current} onClick={() => take(entry)}>
            {entry.kind === 'page' ? <Icon name="right" /> : <Mark state={stateOf(entry.view)} />}
            <span class="cut">{entry.text}</span>
            <small class="cut">{entry.kind === 'process' ? entry.view.title : entry.kind}</small>
          </li>
        ))}
      </ul>
      {/* biome-ignore-end lint/a11y: the focus stays in the field, which names the chosen option */}
      {found.length === 0 && <p class="nothing">Nothing matches.</p>}
      <footer>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span>
          <kbd>&gt;</kbd> actions only
        </span>
      </footer>
    </Dialog>
  )
}
