/** Before there is anything: three ways to start, each a command to copy. */
import { Command } from './command.tsx'

const WAYS: readonly (readonly [string, string])[] = [
  ['A service: it is restarted whenever it ends.', 'ptrack start --name web --port 8000 -- python3 -m http.server 8000'],
  ['A job: it has an end, and its outcome is kept.', 'ptrack run -d --name backup -- tar czf backup.tgz .'],
  ['Everything of a project, from its ptrack.yaml.', 'ptrack up'],
]

export function FirstSteps() {
  return (
    <div class="first-steps">
      <h1 tabIndex={-1}>No processes yet.</h1>
      <p class="quiet">Start one in a terminal; it appears here at once.</p>
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
