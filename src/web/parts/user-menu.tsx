/** What this browser keeps for itself: theme, density, notifications; and the way out. */
import { useState } from 'preact/hooks'
import { leave, remember, useApp } from '../app-state.ts'
import { askForNotifications } from '../notify.ts'
import { Icon } from './icon.tsx'
import { Popover } from './popover.tsx'

const THEMES = ['auto', 'light', 'dark'] as const
const DENSITIES = ['comfortable', 'compact'] as const

export function UserMenu() {
  const { settings, known, session } = useApp()
  const [refused, setRefused] = useState(false)
  const change = async (box: HTMLInputElement): Promise<void> => {
    const allowed = box.checked && (await askForNotifications())
    setRefused(box.checked && !allowed)
    // The browser has drawn the tick already, and an unchanged setting draws nothing.
    box.checked = allowed
    remember({ notifications: allowed })
  }
  return (
    <Popover
      label={`Settings of ${session?.user}, ${session?.role}`}
      title={`${session?.user}, ${session?.role}`}
      face={<Icon name="user" />}
    >
      <div class="line-of">
        <b>{session?.user}</b> <span class="quiet">{session?.role}</span>
        <button type="button" onClick={() => void leave()}>
          <Icon name="out" />
          Log out
        </button>
      </div>
      <hr class="rule" />
      <Choice label="Theme" all={THEMES} value={settings.theme} onChoose={(theme) => remember({ theme })} />
      <Choice label="Rows" all={DENSITIES} value={settings.density} onChoose={(density) => remember({ density })} />
      <hr class="rule" />
      <label class="check">
        <input type="checkbox" checked={settings.notifications} onChange={({ currentTarget }) => void change(currentTarget)} />
        Notifications of the browser
      </label>
      {refused && <p class="error">The browser does not allow them for this page; its own settings do.</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={settings.sound}
          onChange={({ currentTarget }) => remember({ sound: currentTarget.checked })}
        />
        A sound when work ends or fails
      </label>
      <label>
        Rows of results
        <input
          type="number"
          min={1}
          max={10000}
          // Not its `value`, which each tick of the page would reset during typing.
          key={settings.resultRows}
          defaultValue={String(settings.resultRows)}
          onChange={({ currentTarget }) => currentTarget.validity.valid && remember({ resultRows: currentTarget.valueAsNumber })}
        />
      </label>
      {known.version !== null && <p class="quiet">Daemon {known.version}</p>}
    </Popover>
  )
}

interface ChoiceProps<T extends string> {
  label: string
  all: readonly T[]
  value: T
  onChoose(value: T): void
}

const Choice = <T extends string>({ label, all, value, onChoose }: ChoiceProps<T>) => (
  <div class="line-of">
    <span>{label}</span>
    <fieldset class="seg">
      <legend class="hidden">{label}</legend>
      {all.map((each) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onChoose(each)}>
          {each.charAt(0).toUpperCase() + each.slice(1)}
        </button>
      ))}
    </fieldset>
  </div>
)
