/** Before there is anything: three ways to start, each a command to copy. */
import { showStart, useApp } from '../app-state.ts'
import { mayStart } from '../rights.ts'
import { Command } from './command.tsx'
import { Icon } from './icon.tsx'

const WAYS: readonly (readonly [string, string])[] = [
  ['A service: it is restarted whenever it ends.', 'ptrack start --name web --port 8000 -- python3 -m http.server 8000'],
  ['A job: it has an end, and its outcome is kept.', 'ptrack run -d --name backup -- tar czf backup.tgz .'],
  ['Everything of a project, from its ptrack.yaml.', 'ptrack up'],
]

export function FirstSteps() {
  const { session } = useApp()
  const may = session && mayStart(session)
  return (
    <div class="first-steps">
      <h1 tabIndex={-1}>No processes yet.</h1>
      <p class="quiet">Start one in a terminal; it appears here at once.</p>
      {may && (
        <p>
          <button type="button" class="primary" onClick={() => showStart(true)}>
            <Icon name="plus" />
            Start a process…
          </button>
        </p>
      )}
      <ul class="panel">
        {WAYS.map(([what, command]) => (
          <li key={command}>
            <p>{what}</p>
            <Command text={command} />
          </li>
        ))}
      </ul>
    </div>
  )
}
