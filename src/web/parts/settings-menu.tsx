import { remember, useApp } from '../app-state.ts'
import { askForNotifications } from '../notify.ts'
import { Popover } from './popover.tsx'

export function SettingsMenu() {
  const { settings, known } = useApp()
  return (
    <Popover label="Settings" face={<span aria-hidden="true">⚙</span>}>
      <h2>Settings</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={settings.notifications}
          onChange={async ({ currentTarget }) =>
            remember({ notifications: currentTarget.checked && (await askForNotifications()) })
          }
        />
        Notifications of the browser
      </label>
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
          value={settings.resultRows}
          onChange={({ currentTarget }) => currentTarget.validity.valid && remember({ resultRows: currentTarget.valueAsNumber })}
        />
      </label>
      {known.version !== null && <p class="empty">Daemon {known.version}</p>}
    </Popover>
  )
}
