/** The sheet of keys, and the switch for those of them that are single letters. */
import { remember, useApp } from '../app-state.ts'
import { GO_TO } from '../shortcuts.ts'
import { PAGE_TITLES } from '../titles.ts'
import { Dialog } from './dialog.tsx'

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'Find or run'],
  ['/', 'Search here'],
  ['?', 'These keys'],
  ['Esc', 'Close, clear'],
  ['j k', 'Row'],
  ['Enter', 'Open the row'],
  ['[ ]', 'Process before, next'],
  ['e', 'The next one that needs you'],
  ['Space', 'Mark the row; with Shift up to here'],
  ['s', 'Start, run again'],
  ['r r', 'Restart'],
  ['x x', 'Stop or cancel'],
  ['p', 'Pause or resume'],
  ['l', 'Log'],
  ['.', 'Menu of the row'],
  ['n N', 'Log: next hit, hit before'],
  ['f', 'Log: follow the newest'],
  ['← →', 'Timeline: run before, next; with Shift the time'],
  ['+ -', 'Timeline: shorter, longer time'],
  ['0', 'Timeline: back to now'],
  ...Object.entries(GO_TO).map(([letter, page]) => [`g ${letter}`, PAGE_TITLES[page]] as const),
]

export function Help({ onClose }: { onClose: () => void }) {
  const { settings } = useApp()
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(/ (?!K)/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={settings.letters}
          onChange={({ currentTarget }) => remember({ letters: currentTarget.checked })}
        />
        Single letters act
      </label>
      <div class="choices">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
