/** Any of the usual signals, to the program alone: chosen first, sent by the button. */
import { useState } from 'preact/hooks'
import type { ProcessView } from '../../protocol/view.ts'
import { complain, request, say, useApp } from '../app-state.ts'
import { mayAct } from '../rights.ts'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTERM', 'SIGQUIT'] as const
type Signal = (typeof SIGNALS)[number]

export function SignalMenu({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  const [chosen, setChosen] = useState<Signal | ''>('')
  if (!session || !mayAct(session, view) || view.pid === null || view.kind === 'external') return null
  const away = known.link !== 'here'
  const send = async (signal: Signal): Promise<void> => {
    try {
      for (const { ok, note, error } of await request('signal', { targets: [view.id], signal }))
        say({ tone: ok ? 'quiet' : 'bad', text: error?.message ?? note ?? `${signal} sent to ${view.name}`, process: view.name })
    } catch (error) {
      complain(error)
    }
  }
  // A choice alone sends nothing: arrow keys and typed letters pass through the list.
  return (
    <span class="signal">
      <select
        aria-label={`signal for ${view.name}`}
        value={chosen}
        disabled={away}
        onChange={({ currentTarget }) => setChosen(currentTarget.value as Signal | '')}
      >
        <option value="">Signal…</option>
        {SIGNALS.map((signal) => (
          <option key={signal}>{signal}</option>
        ))}
      </select>
      <button
        type="button"
        disabled={away || chosen === ''}
        aria-label={`send the signal to ${view.name}`}
        onClick={() => {
          if (chosen !== '') void send(chosen)
          setChosen('')
        }}
      >
        Send
      </button>
    </span>
  )
}
