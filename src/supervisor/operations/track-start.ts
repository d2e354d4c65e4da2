/** track.start: the life of an externally started process begins, or continues. */
import type { DefinedBy } from '../../core/world.ts'
import { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { TrackStarted } from '../../protocol/job-requests.ts'
import type { Params } from '../../protocol/requests.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { createRecord, refuseNames, setLogsAside } from './shared/define.ts'
import { saved } from './shared/saved.ts'
import { runOf } from './shared/speaker.ts'

export async function trackStart(
  supervisor: Supervisor,
  params: Params<'track.start'>,
  gone: AbortSignal,
  caller: Omit<DefinedBy, 'atMs'>,
): Promise<TrackStarted> {
  const { resume, hold, leaseMs } = params
  const known = resume === undefined ? undefined : supervisor.registry.get(resume.id)
  const resumed = known !== undefined && 'external' in known.record.tracked.state && runOf(known)?.id === resume?.runId
  if (!resumed) await setLogsAside(supervisor, [params.definition.name])
  const managed = resumed ? known : externalOf(supervisor, params, caller)
  if (resumed) supervisor.leases.renew(managed)
  else supervisor.submit(managed, { kind: 'externalBegan', pid: params.pid ?? null, leaseMs })
  if (hold) {
    const release = supervisor.leases.hold(managed)
    if (gone.aborted) release()
    else gone.addEventListener('abort', release, { once: true })
  }
  const run = runOf(managed)!
  await saved(supervisor)
  return { id: managed.record.id, runId: run.id, resumed, view: supervisor.views.of(managed) }
}

/** A new external process, or another run of an ended one of this name, redefined by this request. */
function externalOf(
  supervisor: Supervisor,
  { definition: raw, owner }: Params<'track.start'>,
  caller: Omit<DefinedBy, 'atMs'>,
): Managed {
  if (raw.kind !== undefined && raw.kind !== 'external' && raw.kind !== 'service')
    throw new PtrackError('USAGE', `cannot track '${raw.name}' as a ${raw.kind}: what was started elsewhere is external`)
  // It is never started here: the command is for people.
  const full = Definition.parse({ ...raw, kind: 'external', command: [raw.name], cwd: '/' })
  const ports = full.ports.filter((port) => port !== 'auto')
  const definition = resolveDefinition(full, ports, supervisor.settings.now.policies)
  const existing = supervisor.registry.named(raw.name)
  if (existing?.record.definition.kind !== 'external' || runOf(existing) !== null) {
    refuseNames(supervisor, [raw.name])
    return createRecord(supervisor, definition, owner, { definedBy: { atMs: supervisor.world.clock.wall(), ...caller } })
  }
  supervisor.orchestrator.redefine(existing, definition)
  return existing
}
