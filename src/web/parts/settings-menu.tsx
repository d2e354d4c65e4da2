import { useState } from 'preact/hooks'
import { remember, useApp } from '../app-state.ts'
import { askForNotifications } from '../notify.ts'
import { Popover } from './popover.tsx'

export function SettingsMenu() {
  const { settings, known } = useApp()
  const [refused, setRefused] = useState(false)
  const change = async (box: HTMLInputElement): Promise<void> => {
    const allowed = box.checked && (await askForNotifications())
    setRefused(box.checked && !allowed)
    // The browser has drawn the tick already, and an unchanged setting draws nothing.
    box.checked = allowed
    remember({ notifications: allowed })
  }
  return (
    <Popover label="Settings" face={<span aria-hidden="true">⚙</span>}>
      <h2>Settings</h2>
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
      {known.version !== null && <p class="empty">Daemon {known.version}</p>}
    </Popover>
  )
}
