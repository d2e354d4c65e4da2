/** Any of the usual signals, to the program alone. */
import type { ProcessView } from '../../protocol/view.ts'
import { complain, request, say, useApp } from '../app-state.ts'
import { mayAct } from '../rights.ts'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTERM', 'SIGQUIT'] as const

export function SignalMenu({ view }: { view: ProcessView }) {
  const { session, known } = useApp()
  if (!session || !mayAct(session, view) || view.pid === null || view.kind === 'external') return null
  const send = async (signal: (typeof SIGNALS)[number]): Promise<void> => {
    try {
      for (const { ok, note, error } of await request('signal', { targets: [view.id], signal }))
        say({ tone: ok ? 'quiet' : 'bad', text: error?.message ?? note ?? `${signal} sent to ${view.name}`, process: view.name })
    } catch (error) {
      complain(error)
    }
  }
  return (
    <select
      aria-label={`send a signal to ${view.name}`}
      value=""
      disabled={known.link !== 'here'}
      onChange={({ currentTarget }) => {
        const { value } = currentTarget
        currentTarget.value = ''
        if (value !== '') void send(value as (typeof SIGNALS)[number])
      }}
    >
      <option value="">Signal…</option>
      {SIGNALS.map((signal) => (
        <option key={signal}>{signal}</option>
      ))}
    </select>
  )
}
