/** The sheet of the keys that act on this page, and the switch for those of them that are single letters. */
import { remember, useApp } from '../app-state.ts'
import type { Route } from '../route.ts'
import { GO_TO } from '../shortcuts.ts'
import { PAGE_TITLES } from '../titles.ts'
import { Dialog } from './dialog.tsx'

const LISTS: readonly Route['page'][] = ['processes']
const LINES: readonly Route['page'][] = ['logs', 'process']
const TIMES: readonly Route['page'][] = ['timeline']

/** With the pages on which they act; without, on all. */
const KEYS: readonly (readonly [keys: string, what: string, on?: readonly Route['page'][]])[] = [
  ['Ctrl K', 'Find or run'],
  ['/', 'Search here'],
  ['?', 'These keys'],
  ['Esc', 'Close, clear'],
  ['j k', 'Row', [...LISTS, ...TIMES]],
  ['Enter', 'Open the row', [...LISTS, ...TIMES]],
  ['[ ]', 'Process before, next', LISTS],
  ['e', 'The next one that needs you', [...LISTS, ...TIMES]],
  ['Space', 'Mark the row; with Shift up to here', LISTS],
  ['s', 'Start, run again', LISTS],
  ['r r', 'Restart', LISTS],
  ['x x', 'Stop or cancel', LISTS],
  ['p', 'Pause or resume', LISTS],
  ['l', 'Log', LISTS],
  ['.', 'Menu of the row', LISTS],
  ['n N', 'Log: next hit, hit before', LINES],
  ['f', 'Log: follow the newest', LINES],
  ['← →', 'Timeline: run before, next; with Shift the time', TIMES],
  ['+ -', 'Timeline: shorter, longer time', TIMES],
  ['0', 'Timeline: back to now', TIMES],
  ...Object.entries(GO_TO).map(([letter, page]) => [`g ${letter}`, PAGE_TITLES[page]] as const),
]

export function Help({ page, onClose }: { page: Route['page']; onClose: () => void }) {
  const { settings } = useApp()
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.filter(([, , on]) => on === undefined || on.includes(page)).map(([keys, what]) => (
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
