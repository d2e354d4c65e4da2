/** delete: ended like a stop, and then forgotten. */
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { beforeReload } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { isOver, type Managed, nameOf } from '../registry.ts'
import { forgetTraces, isTemporary } from '../temporaries.ts'
import { envNameOf } from './shared/define.ts'
import { bothEnded, endEach } from './shared/end-each.ts'
import { stopOutcome } from './shared/outcome.ts'
import { success } from './shared/select.ts'

export function remove(supervisor: Supervisor, params: Params<'delete'>): Promise<ActionResult[]> {
  return endEach(supervisor, params.targets, async (managed, left) => {
    supervisor.submit(managed, { kind: 'stopRequested', timeoutMs: null })
    const ending = left.end(managed, undefined)
    const ended = await bothEnded(isOver(managed) ? null : stopOutcome(supervisor, managed, undefined), ending)
    if (managed.removed) return success(supervisor, managed, 'deleted meanwhile')
    if (!isEnded(managed.record.tracked.state.status))
      throw new PtrackError('NOT_READY', `cannot delete ${nameOf(managed)}: its program has been told to end and has not yet`, {
        hint: 'it was started elsewhere: end it there, or try again when its lease has run out',
      })
    await forget(supervisor, managed, params.purge)
    return success(supervisor, managed, ended.left)
  })
}

export async function forget(supervisor: Supervisor, managed: Managed, purge: boolean): Promise<void> {
  const { definition } = managed.record
  supervisor.orchestrator.remove(managed)
  const envName = envNameOf(definition)
  if (!supervisor.registry.has('name', envName)) {
    await supervisor.world.envs.remove(envName)
    await supervisor.world.envs.remove(beforeReload(envName))
  }
  if (purge || isTemporary(managed.record)) await forgetTraces(supervisor, managed, purge)
}
