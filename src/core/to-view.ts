/** From the daemon's records to what a client sees. */
import { isLive } from '../protocol/names.ts'
import { namesOf } from '../protocol/project.ts'
import { portsOf } from '../protocol/sockets.ts'
import type { PortView, ProcessView, QueueView, RunView } from '../protocol/view.ts'
import { type FailureLines, failureOf, seenOf } from './attention.ts'
import type { CheckLogs } from './check-log.ts'
import { accepted, exitCodeOf, signalOf } from './exit-meaning.ts'
import type { HealthRecord } from './health.ts'
import { iso, isoOrNull } from './iso.ts'
import { policyOf } from './policy.ts'
import { toProgressView, viewMetadata } from './progress.ts'
import { redactData } from './redact.ts'
import type { LiveRun, State } from './state.ts'
import type { PastRun, ProcessRecord } from './world.ts'

/** What is observed and never saved. */
export interface Observed {
  health: HealthRecord
  check: { check: string; ok: boolean; answer: string; atMs: number } | null
  /** Of the present run. */
  checks: CheckLogs
  /** Of its last failed run. */
  failureLines: FailureLines | null
  /** Why the last check failed, ports included; null when it passed, or none was made yet. */
  failing: string | null
  ports: PortView[]
  cpuPercent: number | null
  memoryBytes: number | null
  diskReadBytes: number | null
  diskWriteBytes: number | null
  /** Epoch ms of its next scheduled start. */
  nextRunAtMs: number | null
  orphanedPid: number | null
}

export const liveOf = (state: State): LiveRun | null => ('live' in state ? state.live : null)

export function toView(
  record: ProcessRecord,
  observed: Observed,
  nowMs: number,
  nowMono: number,
  kernelStartMs: number | null,
  queuePosition: number | null,
  queue: QueueView | null,
): ProcessView {
  const { definition, tracked } = record
  const { state } = tracked
  const live = liveOf(state)
  const external = 'external' in state ? state.external : null
  const alive = isLive(state.status) && (live !== null || external !== null)
  // Times are those of the run before, until it is spawned.
  const comes = state.status === 'starting' && live === null
  const unhealthy = observed.health.health === 'unhealthy' && alive ? observed.health.reason : null
  return {
    id: record.id,
    number: record.number,
    ...namesOf(definition.name),
    title: definition.title,
    description: definition.description,
    kind: definition.kind,
    type: definition.type,
    tags: definition.tags,
    owner: record.owner,
    instance: definition.instance,
    wanted: tracked.wanted,
    status: state.status,
    reason: tracked.reason ?? unhealthy,
    since: iso(tracked.sinceMs),
    health: state.status === 'running' || state.status === 'starting' ? observed.health.health : 'unknown',
    healthCheck: alive ? toCheckView(observed.check) : null,
    // How an earlier run failed is in `runs` and `why`; this one is alive.
    error: state.status === 'running' || state.status === 'paused' ? null : tracked.error,
    pid: live !== null ? (live.program ?? live.leader).pid : (external?.pid ?? null),
    startTime: live !== null ? isoOrNull(kernelStartMs) : null,
    run: tracked.runNumber,
    restarts: tracked.restarts,
    command: definition.command,
    cwd: definition.cwd,
    ports: alive
      ? observed.ports
      : portsOf(definition).map((port) => ({ port, open: null, heldBy: observed.orphanedPid, latencyMs: null, checkedAt: null })),
    exitCode: exitCodeOf(record.lastExit),
    signal: signalOf(record.lastExit),
    createdAt: iso(record.createdAtMs),
    startedAt: comes ? null : isoOrNull(record.startedAtMs),
    endedAt: alive || comes ? null : isoOrNull(record.endedAtMs),
    elapsedMs:
      record.startedAtMs === null || comes
        ? null
        : Math.max(0, (alive ? nowMs : (record.endedAtMs ?? nowMs)) - record.startedAtMs),
    cpuPercent: alive ? observed.cpuPercent : null,
    memoryBytes: alive ? observed.memoryBytes : null,
    diskReadBytes: alive ? observed.diskReadBytes : null,
    diskWriteBytes: alive ? observed.diskWriteBytes : null,
    progress: toProgressView(record, nowMono),
    queuePosition,
    queue,
    nextRunAt: isoOrNull(observed.nextRunAtMs),
    results: record.tracking?.results ?? 0,
    retry:
      state.status === 'retrying'
        ? {
            ...retryCount(record),
            // The deadline is monotonic; as a wall time it was fixed when the wait began.
            nextAt: iso(tracked.sinceMs + state.delayMs),
          }
        : null,
    crashLoop: tracked.crashLoop,
    failure: failureOf(record, observed.failureLines),
    seen: seenOf(record),
    session: record.session?.name ?? null,
    orphaned: observed.orphanedPid !== null,
    orphanedPid: observed.orphanedPid,
    adopted: live?.adopted ?? false,
    metadata: redactData(
      record.tracking === null ? definition.metadata : viewMetadata(definition.metadata, record.tracking.metadata),
    ),
  }
}

const toCheckView = (check: Observed['check']): ProcessView['healthCheck'] =>
  check === null ? null : { check: check.check, ok: check.ok, answer: check.answer, at: iso(check.atMs) }

/** `of` only beside what it counts: the attempts of a job, or the failures of a service inside the window. */
export function retryCount({ definition, tracked, lastExit }: Pick<ProcessRecord, 'definition' | 'tracked' | 'lastExit'>): {
  attempt: number
  of: number | null
} {
  if (definition.kind === 'job') return { attempt: tracked.attempts + 1, of: definition.retries + 1 }
  const { maxRestarts: of, restartWindowMs } = definition
  const last = tracked.failures.at(-1)
  if (of === null || last === undefined || (lastExit !== null && accepted(lastExit, policyOf(definition))))
    return { attempt: tracked.restarts + 1, of: null }
  return { attempt: tracked.failures.filter((atMs) => atMs > last - restartWindowMs).length, of }
}

export const toRunView = (run: PastRun): RunView => ({
  run: run.ref.number,
  runId: run.ref.id,
  startedAt: iso(run.startedAtMs),
  endedAt: iso(run.endedAtMs),
  outcome: run.outcome as RunView['outcome'],
  reason: run.reason,
  exitCode: exitCodeOf(run.exit),
  signal: signalOf(run.exit),
  adopted: run.adopted,
})
