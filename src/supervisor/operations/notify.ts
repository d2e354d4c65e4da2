/** notify: a run reports that it is ready. */
import { PtrackError } from '../../protocol/errors.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'

export async function notify(supervisor: Supervisor, params: Params<'notify'>): Promise<{ accepted: boolean }> {
  const managed = supervisor.registry.get(params.id)
  if (managed === undefined) throw notFound(params.id)
  if (params.ready && supervisor.handovers.announce(params.runId)) return { accepted: true }
  const { state } = managed.record.tracked
  // A process of an earlier run may still exist; it speaks only for itself.
  if (!('run' in state) || state.run.id !== params.runId)
    throw new PtrackError('NOT_RUNNING', `cannot notify for ${nameOf(managed)}: this run has ended`)
  return { accepted: params.ready ? supervisor.health.notify(managed) : false }
}
