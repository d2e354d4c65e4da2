/** Leftover processes, with the evidence; an admin can end them, by the identity shown here. */
import { useState } from 'preact/hooks'
import type { OrphanView } from '../../protocol/view.ts'
import { ask, complain, request, say, useApp } from '../app-state.ts'
import { useAsked } from '../use-asked.ts'

export function OrphansPage() {
  const { session, known } = useApp()
  const [round, setRound] = useState(0)
  const last = known.events.findLast(({ type }) => type === 'orphanFound' || type === 'orphanKilled')?.key ?? 0
  const { value, error } = useAsked(`${round} ${last} ${known.link}`, () => request('orphans', {}))
  const kill = async ({ identity, pid, command }: OrphanView): Promise<void> => {
    if (!(await ask({ title: `End ${pid}?`, text: command, yes: 'End it' }))) return
    try {
      for (const { result, reason } of await request('kill-orphan', { identities: [identity] }))
        say({
          tone: result === 'refused' || result === 'alive' ? 'bad' : 'good',
          text: `${pid}: ${result}${reason ? `, ${reason}` : ''}`,
          process: null,
        })
    } catch (failure) {
      complain(failure)
    }
    setRound((n) => n + 1)
  }
  return (
    <>
      <div class="title">
        <h1>Orphans</h1>
        <button type="button" onClick={() => setRound((n) => n + 1)}>
          Look again
        </button>
      </div>
      {error !== null && <p class="error">{error.message}</p>}
      {value?.length === 0 && <p class="nothing">Nothing was left behind.</p>}
      <div class="cards">
        {value?.map((orphan) => (
          <article key={orphan.identity} class="card" aria-label={`pid ${orphan.pid}`}>
            <h2>
              {orphan.kind} <code>{orphan.pid}</code>
            </h2>
            <pre>{orphan.command}</pre>
            <p>{orphan.evidence}</p>
            {orphan.ports.length > 0 && <p>Listens on {orphan.ports.join(', ')}.</p>}
            {session?.role === 'admin' && (
              <button type="button" class="danger" onClick={() => void kill(orphan)} aria-label={`end ${orphan.pid}`}>
                End it
              </button>
            )}
          </article>
        ))}
      </div>
    </>
  )
}
