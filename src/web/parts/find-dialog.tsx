/** Ctrl K: finds a process, a page, a tag, a node or a line of a log, or runs an action; one that ends something asks first. */
import { useState } from 'preact/hooks'
import { stateOf } from '../../words/states.ts'
import { statusWords } from '../../words/status.ts'
import { showStart, useApp } from '../app-state.ts'
import { type Found, find } from '../find.ts'
import { useBeyond } from '../use-beyond.ts'
import { Dialog } from './dialog.tsx'
import { Icon, Mark } from './icon.tsx'
import { ACTION_ICONS, askAndAct } from './row-actions.tsx'

export function FindDialog({ onClose }: { onClose: () => void }) {
  const { known, session, nowMs } = useApp()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const beyond = useBeyond(text)
  if (!session) return null
  const found = find(text, known.views.values(), session, beyond)
  const current = Math.min(at, found.length - 1)
  const take = (entry: Found): void => {
    onClose()
    if (entry.kind === 'start') showStart(true)
    else if (entry.kind === 'action') void askAndAct(entry.action, entry.view)
    else location.hash = entry.link
  }
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      const next = (current + step + found.length) % found.length
      setAt(next)
      document.getElementById(`found-${next}`)?.scrollIntoView({ block: 'nearest' })
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
          placeholder="Process, page, line of a log, > action, # tag, @ node"
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
            {entry.kind === 'process' ? (
              <Mark state={stateOf(entry.view)} />
            ) : (
              <Icon name={entry.kind === 'link' ? entry.icon : entry.kind === 'start' ? 'plus' : ACTION_ICONS[entry.action]} />
            )}
            <span class="cut">{entry.text}</span>
            <small class="cut">
              {entry.kind === 'process' ? statusWords(entry.view, nowMs, true) : entry.kind === 'link' ? entry.note : 'action'}
            </small>
          </li>
        ))}
      </ul>
      {/* biome-ignore-end lint/a11y: the focus stays in the field, which names the chosen option */}
      {found.length === 0 && (
        <p class="nothing">
          {text.startsWith('@') ? 'There is no such node in a fleet with this one.' : `Nothing matches “${text.trim()}”.`}
        </p>
      )}
      <footer>
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span>
          <kbd>&gt;</kbd> actions
        </span>
        <span>
          <kbd>#</kbd> tags
        </span>
        <span>
          <kbd>@</kbd> nodes
        </span>
      </footer>
    </Dialog>
  )
}
