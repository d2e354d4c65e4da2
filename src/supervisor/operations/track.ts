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
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
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
function speakerOf(supervisor: Supervisor, who: Speaker): Managed {
  const managed = 'id' in who ? supervisor.registry.get(who.id) : oneOf(supervisor, who.target)
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
  supervisor.leases.renew(managed)
  return managed
}

function oneOf(supervisor: Supervisor, target: string): Managed | undefined {
  const { matched } = select(supervisor, [target])
  if (matched.length > 1)
    throw new PtrackError('BAD_REQUEST', `cannot take this for '${target}': ${matched.length} processes match it`, {
      hint: 'name one of them',
    })
  return matched[0]
}

export async function progress(supervisor: Supervisor, { who, update }: Params<'progress'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, who)
  take(supervisor, managed, update)
  return supervisor.views.of(managed)
}

export async function step(supervisor: Supervisor, params: Params<'step'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, params.who)
  take(supervisor, managed, { step: params.step })
  return supervisor.views.of(managed)
}

export async function result(supervisor: Supervisor, { who, row, key }: Params<'result'>): Promise<{ index: number }> {
  if (row === undefined) throw new PtrackError('BAD_REQUEST', 'cannot result: `row` is missing')
  return { index: (await supervisor.tracker.takeRow(speakerOf(supervisor, who), row, key))! }
}

function take(supervisor: Supervisor, managed: Managed, update: TrackUpdate): Promise<number | null> | null {
  return supervisor.tracker.take(managed, update, null)
}

/** Whether this run may go on. */
function standing({ record, removed }: Managed, run: number): 'go' | 'wait' | 'cancel' {
  const { state, runNumber } = record.tracked
  if (removed || runNumber !== run || isEnded(state.status) || state.status === 'completing') return 'cancel'
  return state.status === 'paused' ? 'wait' : 'go'
}

export async function checkpoint(
  supervisor: Supervisor,
  { who, waitMs }: Params<'checkpoint'>,
  gone: AbortSignal,
): Promise<Reply<'checkpoint'>> {
  const managed = speakerOf(supervisor, who)
  const run = managed.record.tracked.runNumber
  supervisor.tracker.noteCheckpoint(managed)
  supervisor.submit(managed, { kind: 'checkpointed', run })
  if (waitMs > 0 && standing(managed, run) === 'wait') {
    // Whoever waits for an answer is alive.
    const release = supervisor.leases.hold(managed)
    try {
      await supervisor.settler.until(managed, (each) => standing(each, run) !== 'wait', waitMs, gone)
    } finally {
      release()
    }
  }
  return { action: standing(managed, run) }
}

export async function trackStart(
  supervisor: Supervisor,
  params: Params<'track.start'>,
  gone: AbortSignal,
): Promise<TrackStarted> {
  const { resume, hold, leaseMs } = params
  const known = resume === undefined ? undefined : supervisor.registry.get(resume.id)
  const resumed = known !== undefined && 'external' in known.record.tracked.state && runOf(known)?.id === resume?.runId
  if (!resumed) await setLogsAside(supervisor, [params.definition.name])
  const managed = resumed ? known : externalOf(supervisor, params)
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

/** A new external process; or one of this name that has ended, which begins another run with what is told now. */
function externalOf(supervisor: Supervisor, { definition: raw, owner }: Params<'track.start'>): Managed {
  if (raw.kind !== undefined && raw.kind !== 'external' && raw.kind !== 'service')
    throw new PtrackError('USAGE', `cannot track '${raw.name}' as a ${raw.kind}: what was started elsewhere is external`)
  // Nothing of it is ever started here: the command is for people.
  const full = Definition.parse({ ...raw, kind: 'external', command: [raw.name], cwd: '/' })
  const ports = full.ports.filter((port) => port !== 'auto')
  const definition = resolveDefinition(full, ports, supervisor.settings.now.policies)
  const existing = supervisor.registry.named(raw.name)
  if (existing?.record.definition.kind !== 'external' || runOf(existing) !== null) {
    refuseDuplicates(supervisor, [raw.name])
    return createRecord(supervisor, definition, owner)
  }
  supervisor.orchestrator.redefine(existing, definition)
  return existing
}

export async function trackUpdate(supervisor: Supervisor, params: Params<'track.update'>): Promise<Reply<'track.update'>> {
  const managed = speakerOf(supervisor, params.who)
  if (Object.keys(params.update).length > 0) await take(supervisor, managed, params.update)
  const { state } = managed.record.tracked
  if (state.status === 'completing' || isEnded(state.status)) return { wanted: 'cancel' }
  const asked = 'external' in state ? state.external.asked === 'pause' : 'pausing' in state && state.pausing
  return { wanted: asked || state.status === 'paused' ? 'pause' : 'go' }
}

export async function trackEnd(supervisor: Supervisor, params: Params<'track.end'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, params.who)
  const { definition, tracked } = managed.record
  if (definition.kind !== 'external')
    throw new PtrackError('USAGE', `cannot end ${nameOf(managed)}: ptrack started it itself, and sees how it ends`, {
      hint: `\`ptrack cancel ${nameOf(managed)}\` ends it`,
    })
  const run = tracked.runNumber
  // Masked before it goes into state, history and events, which people read.
  const error = params.error === undefined ? null : redact(params.error)
  supervisor.submit(managed, { kind: 'externalEnded', run, outcome: params.outcome, error })
  await supervisor.settler.until(managed, (each) => runOf(each) === null, END_MS)
  await saved(supervisor)
  return supervisor.views.of(managed)
}

/** A disk that refuses does not undo what was told. */
async function saved(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.world.store.flush()
  } catch (error) {
    // `daemon status`, the log and an event tell of it.
    if (!(error instanceof PtrackError)) throw error
  }
}
