/** set, flush and notify. */

import { policyOf } from '../../core/policy.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isForNextRun } from '../../protocol/fields.ts'
import { isEnded } from '../../protocol/names.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { nameOf } from '../../supervisor/registry.ts'
import { checkAfter } from './after.ts'
import { checkDefinition } from './check-definition.ts'
import { checkPattern } from './define.ts'
import { forEachTarget, success } from './select.ts'

export function set(orchestrator: Orchestrator, params: Params<'set'>): Promise<ActionResult[]> {
  checkPattern(params.changes.health)
  return forEachTarget(orchestrator, params.targets, async (managed) => {
    await checkDefinition(orchestrator.world, params.changes)
    const { record } = managed
    const asked = params.changes.ports ?? []
    const drawn = await Promise.all(asked.map((port) => (port === 'auto' ? orchestrator.world.prober.freePort() : port)))
    // From here to the change nothing waits: what is looked at now is what holds when it is made.
    if (managed.removed) throw new PtrackError('NOT_FOUND', `cannot change ${nameOf(managed)}: it was deleted meanwhile`)
    if (params.changes.after !== undefined) checkAfter(orchestrator, nameOf(managed), params.changes.after)
    const earlier = record.definition
    const ports = params.changes.ports === undefined ? earlier.ports : drawn
    record.definition = resolveDefinition({ ...record.definition, ...params.changes }, ports, orchestrator.settings.now.policies)
    managed.policy = policyOf(record.definition)
    orchestrator.redefined(managed, earlier)
    const later = Object.keys(params.changes).filter(isForNextRun)
    const live = !isEnded(record.tracked.state.status)
    const note =
      later.length > 0 && live
        ? `${later.join(', ')} take${later.length === 1 ? 's' : ''} effect with the next run: \`ptrack restart ${nameOf(managed)}\``
        : null
    return success(orchestrator, managed, note)
  })
}

export function flush(orchestrator: Orchestrator, params: Params<'flush'>): Promise<ActionResult[]> {
  return forEachTarget(orchestrator, params.targets, async (managed) => {
    await orchestrator.world.logs.flush(nameOf(managed))
    return success(orchestrator, managed, 'logs emptied')
  })
}

export async function notify(orchestrator: Orchestrator, params: Params<'notify'>): Promise<{ accepted: boolean }> {
  const managed = orchestrator.registry.get(params.id)
  if (managed === undefined) throw notFound(params.id)
  const { state } = managed.record.tracked
  // A process of an earlier run may still be about; it speaks for itself only.
  if (!('run' in state) || state.run.id !== params.runId)
    throw new PtrackError('NOT_RUNNING', `cannot notify for ${nameOf(managed)}: this run has ended`)
  return { accepted: params.ready ? orchestrator.health.notify(managed) : false }
}
