/** What holds for everybody: limits, who may come in by a token, what follows what happens, who did what; and the daemon itself. */
import '../style/admin.css'
import { counted } from '../../words/short.ts'
import { request, useApp } from '../app-state.ts'
import { AuditPanel } from '../parts/audit-panel.tsx'
import { refusedTo } from '../rights.ts'
import { activeWork } from '../store.ts'
import { useAsked } from '../use-asked.ts'
import { Daemon, MachineLoad } from './admin/daemon.tsx'
import { Hooks } from './admin/hooks.tsx'
import { Limits } from './admin/limits.tsx'
import { Tokens } from './admin/tokens.tsx'

export function AdminPage() {
  const { known, nowMs, session } = useApp()
  const daemon = useAsked(`${Math.floor(nowMs / 5000)} ${known.link}`, () => request('daemon.status', {}))
  if (!session) return null
  const refused = refusedTo(session, 'admin')
  const waits = activeWork(known.views.values()).filter(({ status }) => status === 'pending').length
  return (
    <div class="admin">
      <div class="head">
        <h1>{waits === 0 ? 'No job waits' : counted(waits, 'job waits', 'jobs wait')}</h1>
        <p>
          {refused === undefined ? `Rules for everybody; you are ${session.user}, an admin.` : `Rules for everybody. ${refused}`}
        </p>
      </div>
      <div class="main-part">
        <Tokens refused={refused} />
        <Hooks refused={refused} />
        <AuditPanel most={20} />
      </div>
      <div class="side">
        <Limits refused={refused} />
        <section class="panel" aria-label="Load">
          <header>
            <h2>Load of the machine</h2>
          </header>
          {daemon.value !== null && <MachineLoad load={daemon.value.system} />}
        </section>
        <section class="panel" aria-label="Daemon">
          <header>
            <h2>Daemon</h2>
          </header>
          {daemon.error !== null && <p class="error inside">{daemon.error.message}</p>}
          {daemon.value !== null && <Daemon status={daemon.value} />}
        </section>
      </div>
    </div>
  )
}
