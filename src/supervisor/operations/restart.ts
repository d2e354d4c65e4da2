/** restart: a new run of each, after its present one has ended. */
import type { ActionResult, Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { begin, updateEnv } from './shared/begin.ts'
import { listenersFor } from './shared/free-ports.ts'
import { failedSince } from './shared/outcome.ts'
import { refuseExternal, refuseSpentInput } from './shared/refusals.ts'
import { forEachFitting, select } from './shared/select.ts'

export async function restart(supervisor: Supervisor, params: Params<'restart'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, params.targets)
  const listeners = listenersFor(
    supervisor,
    matched.map((managed) => managed.record.definition),
  )
  const act = async (managed: Managed): Promise<ActionResult> => {
    refuseExternal('restart', managed)
    refuseSpentInput('restart', managed)
    await updateEnv(supervisor, managed, params)
    supervisor.sessions.release(managed)
    return begin(supervisor, managed, listeners, params.noWait, { kind: 'restartRequested' })
  }
  return forEachFitting('restart', supervisor, params.targets, act, params.noWait ? undefined : failedSince(supervisor))
}
