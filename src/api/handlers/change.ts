/** scale, set, flush and notify. */

import { policyOf } from '../../core/policy.ts'
import type { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { type Managed, nameOf } from '../../supervisor/registry.ts'
import { checkAfter } from './after.ts'
import { checkDefinition } from './check-definition.ts'
import { checkPattern, createRecord, defineInstance, refuseDuplicates, setLogsAside } from './define.ts'
import { listenersFor, refuseTakenPorts } from './free-ports.ts'
import { startOutcome, stopOutcome, waitNote } from './outcome.ts'
import { forEachTarget, notFound, savedTogether, success } from './select.ts'
import { forget } from './stop.ts'

export async function scale(orchestrator: Orchestrator, params: Params<'scale'>): Promise<ActionResult[]> {
  const group = [...orchestrator.registry.all()]
    .filter(({ record: { definition } }) => definition.name === params.target || definition.instance?.of === params.target)
    .sort((a, b) => indexOf(a) - indexOf(b))
  const template = group[0]
  if (template === undefined) throw notFound(params.target)
  const surplus = group.slice(params.instances)
  const used = new Set(group.map(indexOf))
  const wanted: Definition[] = []
  for (let index = 0; wanted.length + group.length < params.instances; index++)
    if (!used.has(index)) wanted.push(await defineInstance(orchestrator, template.record.definition, params.target, index))
  await setLogsAside(
    orchestrator,
    wanted.map((definition) => definition.name),
  )
  // All are looked at before the first is made. A process that stands by itself may have one of the names.
  refuseDuplicates(
    orchestrator,
    wanted.map((definition) => definition.name),
  )
  const listeners = listenersFor(orchestrator, wanted)
  for (const definition of wanted) refuseTakenPorts(orchestrator, definition, listeners)
  const added = wanted.map((definition) => createRecord(orchestrator, definition, template.record.owner))
  for (const managed of added) orchestrator.submit(managed, { kind: 'admitted' })
  const started = params.noWait
    ? added.map((managed) => Promise.resolve(success(orchestrator, managed, waitNote(orchestrator, managed))))
    : added.map((managed) => startOutcome(orchestrator, managed, 0))
  const removed = surplus.map(async (managed) => {
    orchestrator.submit(managed, { kind: 'stopRequested', timeoutMs: null })
    if (!isEnded(managed.record.tracked.state.status)) await stopOutcome(orchestrator, managed, undefined)
    await forget(orchestrator, managed, false)
    return success(orchestrator, managed, 'removed')
  })
  const results = await Promise.all([...started, ...removed])
  return results.length > 0
    ? savedTogether(orchestrator, results)
    : [success(orchestrator, template, `already ${params.instances}`)]
}

/** A process started without --instances counts as the first. */
const indexOf = (managed: Managed): number => managed.record.definition.instance?.index ?? 0

/** Limits, policies and probes hold at once; what only a new run can have (command, cwd, environment, ports) says so. */
const NEXT_RUN = new Set([
  'command',
  'cwd',
  'ports',
  'nice',
  'user',
  'group',
  'umask',
  'ulimits',
  'cgroup',
  'recordExit',
  'logMaxBytes',
  'logKeep',
  'health',
])

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
    const later = Object.keys(params.changes).filter((field) => NEXT_RUN.has(field))
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
