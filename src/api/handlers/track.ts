/** What programs tell of their own work: progress, step, result, checkpoint, and the life of external processes. */

import { redact } from '../../core/redact.ts'
import type { RunRef } from '../../core/state.ts'
import { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { TrackStarted } from '../../protocol/job-requests.ts'
import { isEnded } from '../../protocol/names.ts'
import { notFound } from '../../protocol/not-found.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import type { Speaker, TrackUpdate } from '../../protocol/tracking.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { type Managed, nameOf } from '../../supervisor/registry.ts'
import { createRecord, refuseDuplicates, setLogsAside } from './define.ts'
import { select } from './select.ts'

/** An end is told after its last results are on disk. */
const END_MS = 10_000

/** The present run, of ours or of a program that was started elsewhere; null while none is alive. */
function runOf({ record }: Managed): RunRef | null {
  const { state } = record.tracked
  if ('external' in state) return state.external.run
  return 'live' in state && state.live !== null ? state.run : null
}

/** Whom a program means by itself, or a person by a name. A process of an earlier run may still be about: it is refused. */
function speakerOf(orchestrator: Orchestrator, who: Speaker): Managed {
  const managed = 'id' in who ? orchestrator.registry.get(who.id) : oneOf(orchestrator, who.target)
  if (managed === undefined) throw notFound('id' in who ? who.id : who.target)
  const run = runOf(managed)
  const { status } = managed.record.tracked.state
  if (run === null)
    throw new PtrackError('NOT_RUNNING', `cannot take this from ${nameOf(managed)}: it is ${status}`, {
      hint: 'only a run that lives can tell of its work',
    })
  if ('runId' in who && who.runId !== run.id)
    throw new PtrackError(
      'NOT_RUNNING',
      `cannot take this from run ${who.runId} of ${nameOf(managed)}: it is over, and run ${run.number} (${run.id}) is ${status}`,
    )
  orchestrator.leases.renew(managed)
  return managed
}

function oneOf(orchestrator: Orchestrator, target: string): Managed | undefined {
  const { matched } = select(orchestrator, [target])
  if (matched.length > 1)
    throw new PtrackError('BAD_REQUEST', `cannot take this for '${target}': ${matched.length} processes match it`, {
      hint: 'name one of them',
    })
  return matched[0]
}

export async function progress(orchestrator: Orchestrator, { who, update }: Params<'progress'>): Promise<ProcessView> {
  const managed = speakerOf(orchestrator, who)
  take(orchestrator, managed, update)
  return orchestrator.views.of(managed)
}

export async function step(orchestrator: Orchestrator, params: Params<'step'>): Promise<ProcessView> {
  const managed = speakerOf(orchestrator, params.who)
  take(orchestrator, managed, { step: params.step })
  return orchestrator.views.of(managed)
}

export async function result(orchestrator: Orchestrator, { who, row, key }: Params<'result'>): Promise<{ index: number }> {
  if (row === undefined) throw new PtrackError('BAD_REQUEST', 'cannot result: `row` is missing')
  return { index: (await orchestrator.tracker.takeRow(speakerOf(orchestrator, who), row, key))! }
}

function take(orchestrator: Orchestrator, managed: Managed, update: TrackUpdate): Promise<number | null> | null {
  return orchestrator.tracker.take(managed, update, null)
}

/** Whether this run may go on. */
function standing({ record, removed }: Managed, run: number): 'go' | 'wait' | 'cancel' {
  const { state, runNumber } = record.tracked
  if (removed || runNumber !== run || isEnded(state.status) || state.status === 'completing') return 'cancel'
  return state.status === 'paused' ? 'wait' : 'go'
}

export async function checkpoint(
  orchestrator: Orchestrator,
  { who, waitMs }: Params<'checkpoint'>,
  gone: AbortSignal,
): Promise<Reply<'checkpoint'>> {
  const managed = speakerOf(orchestrator, who)
  const run = managed.record.tracked.runNumber
  orchestrator.tracker.noteCheckpoint(managed)
  orchestrator.submit(managed, { kind: 'checkpointed', run })
  if (waitMs > 0 && standing(managed, run) === 'wait') {
    // Whoever waits for an answer is alive.
    const release = orchestrator.leases.hold(managed)
    try {
      await orchestrator.settler.until(managed, (each) => standing(each, run) !== 'wait', waitMs, gone)
    } finally {
      release()
    }
  }
  return { action: standing(managed, run) }
}

export async function trackStart(
  orchestrator: Orchestrator,
  params: Params<'track.start'>,
  gone: AbortSignal,
): Promise<TrackStarted> {
  const { resume, hold, leaseMs } = params
  const known = resume === undefined ? undefined : orchestrator.registry.get(resume.id)
  const resumed = known !== undefined && 'external' in known.record.tracked.state && runOf(known)?.id === resume?.runId
  if (!resumed) await setLogsAside(orchestrator, [params.definition.name])
  const managed = resumed ? known : externalOf(orchestrator, params)
  if (resumed) orchestrator.leases.renew(managed)
  else orchestrator.submit(managed, { kind: 'externalBegan', pid: params.pid ?? null, leaseMs })
  if (hold) {
    const release = orchestrator.leases.hold(managed)
    if (gone.aborted) release()
    else gone.addEventListener('abort', release, { once: true })
  }
  const run = runOf(managed)!
  await saved(orchestrator)
  return { id: managed.record.id, runId: run.id, resumed, view: orchestrator.views.of(managed) }
}

/** A new external process; or one of this name that has ended, which begins another run with what is told now. */
function externalOf(orchestrator: Orchestrator, { definition: raw, owner }: Params<'track.start'>): Managed {
  if (raw.kind !== undefined && raw.kind !== 'external' && raw.kind !== 'service')
    throw new PtrackError('USAGE', `cannot track '${raw.name}' as a ${raw.kind}: what was started elsewhere is external`)
  // Nothing of it is ever started here: the command is for people.
  const full = Definition.parse({ ...raw, kind: 'external', command: [raw.name], cwd: '/' })
  const ports = full.ports.filter((port) => port !== 'auto')
  const definition = resolveDefinition(full, ports, orchestrator.settings.now.policies)
  const existing = orchestrator.registry.named(raw.name)
  if (existing?.record.definition.kind !== 'external' || runOf(existing) !== null) {
    refuseDuplicates(orchestrator, [raw.name])
    return createRecord(orchestrator, definition, owner)
  }
  const earlier = existing.record.definition
  existing.record.definition = definition
  for (const companion of orchestrator.companions) companion.redefined?.(existing, earlier)
  return existing
}

export async function trackUpdate(orchestrator: Orchestrator, params: Params<'track.update'>): Promise<Reply<'track.update'>> {
  const managed = speakerOf(orchestrator, params.who)
  if (Object.keys(params.update).length > 0) await take(orchestrator, managed, params.update)
  const { state } = managed.record.tracked
  if (state.status === 'completing' || isEnded(state.status)) return { wanted: 'cancel' }
  const asked = 'external' in state ? state.external.asked === 'pause' : 'pausing' in state && state.pausing
  return { wanted: asked || state.status === 'paused' ? 'pause' : 'go' }
}

export async function trackEnd(orchestrator: Orchestrator, params: Params<'track.end'>): Promise<ProcessView> {
  const managed = speakerOf(orchestrator, params.who)
  const { definition, tracked } = managed.record
  if (definition.kind !== 'external')
    throw new PtrackError('USAGE', `cannot end ${nameOf(managed)}: ptrack started it itself, and sees how it ends`, {
      hint: `\`ptrack cancel ${nameOf(managed)}\` ends it`,
    })
  const run = tracked.runNumber
  // Masked before it goes into state, history and events, which people read.
  const error = params.error === undefined ? null : redact(params.error)
  orchestrator.submit(managed, { kind: 'externalEnded', run, outcome: params.outcome, error })
  await orchestrator.settler.until(managed, (each) => runOf(each) === null, END_MS)
  await saved(orchestrator)
  return orchestrator.views.of(managed)
}

/** A disk that refuses does not undo what was told. */
async function saved(orchestrator: Orchestrator): Promise<void> {
  try {
    await orchestrator.world.store.flush()
  } catch (error) {
    // `daemon status`, the log and an event tell of it.
    if (!(error instanceof PtrackError)) throw error
  }
}
