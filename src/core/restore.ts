/** A saved process after a time without a daemon: alive (adopted), ended, never spawned, or lost with the machine. Pure. */
import type { Fact } from './events.ts'
import { policyOf } from './policy.ts'
import { attemptOf } from './restart.ts'
import type { ExitFact, Identity, Lifecycle, LiveRun } from './state.ts'
import { identityOfRow, isDead, type TableIndex } from './tree.ts'
import type { ProcessRecord } from './world.ts'

export interface Restored {
  tracked: Lifecycle
  /** The run is alive and taken over. */
  adopted: boolean
  /** The event to submit next, if any. */
  fact: Fact | null
  /** The intent was saved but nothing was spawned: spawn now. */
  respawn: boolean
}

/** The present time, and since when a process has been alive, according to the kernel. */
export interface Moment {
  mono: number
  startedAtMs(identity: Identity): number
}

/** A run that the state lacks but whose exit was recorded: it must not be run a second time. */
export interface UnrecordedRun {
  number: number
  exit: ExitFact
}

/** A leader of which nothing is known; of no boot, so that it is never found or signalled. */
const NOBODY: Identity = { pid: 1, startTicks: 0, bootId: 'none' }

/** A run that waits for a slot was counted already, and a first run is no restart. */
const restartsUntil = (number: number, tracked: Lifecycle): number =>
  Math.max(0, number - tracked.runNumber - (tracked.state.status === 'pending' ? 1 : 0))

function lateRun({ tracked, definition }: ProcessRecord, { number, exit }: UnrecordedRun): Pick<Restored, 'tracked' | 'fact'> {
  const { state } = tracked
  const unjudged = 'run' in state ? number - state.run.number : number - tracked.runNumber - 1
  const restarts = tracked.restarts + restartsUntil(number, tracked)
  const attempts = tracked.attempts + unjudged
  const attempt = attemptOf(definition.kind, { restarts, attempts })
  const run = 'run' in state && state.run.number === number ? state.run : { number, id: `untold-${number}`, attempt }
  return {
    tracked: {
      ...tracked,
      runNumber: number,
      restarts,
      attempts,
      state: {
        status: 'starting',
        run,
        live: { leader: NOBODY, program: null, startedAtMs: tracked.sinceMs, startedMono: 0, adopted: false, pausedMs: 0 },
      },
    },
    fact: { kind: 'exited', run: number, exit, leftovers: false, background: false, outage: true },
  }
}

export function restore(
  record: ProcessRecord,
  index: TableIndex,
  home: string,
  now: Moment,
  recorded: ExitFact | null,
  unrecorded: UnrecordedRun | null = null,
): Restored {
  const { tracked } = record
  const { state } = tracked
  const nothing: Restored = { tracked, adopted: false, fact: null, respawn: false }

  const newer = findNewerRun(record, index, home, now)
  if (newer) return { ...nothing, tracked: newer, adopted: true }

  if (unrecorded !== null) return { ...nothing, ...lateRun(record, unrecorded) }
  if (!('live' in state)) return nothing
  if (state.live === null) {
    const leader = findLeader(index, home, record.id, state.run.id)
    if (leader === null && recorded !== null)
      return { ...nothing, ...lateRun(record, { number: state.run.number, exit: recorded }) }
    if (leader === null) return { ...nothing, respawn: true }
    const live = liveRun(leader, now)
    return { ...nothing, tracked, adopted: true, fact: { kind: 'spawned', run: state.run.number, live } }
  }
  const row = index.byPid.get(state.live.leader.pid)
  if (row && row.startTicks === state.live.leader.startTicks && !isDead(row))
    return {
      ...nothing,
      adopted: true,
      tracked: { ...tracked, state: { ...state, live: { ...state.live, adopted: true } } as Lifecycle['state'] },
    }

  const known = state.status === 'completing' ? state.exit : null
  const exit: ExitFact = recorded ?? known ?? { kind: 'unknown' }
  const { program } = state.live
  const programRow = program === null ? undefined : index.byPid.get(program.pid)
  const programAlive = programRow !== undefined && programRow.startTicks === program?.startTicks && !isDead(programRow)
  return {
    ...nothing,
    fact: { kind: 'exited', run: state.run.number, exit, leftovers: programAlive, background: false, outage: true, programAlive },
  }
}

/** Runs in the table by process, from their markers; cached, or ten thousand records would each look at all. */
const runsByProcess = new WeakMap<TableIndex, Map<string, Map<string, number>>>()

function runsOf(index: TableIndex, processId: string): ReadonlyMap<string, number> {
  let all = runsByProcess.get(index)
  if (all === undefined) {
    all = new Map()
    for (const [runId, rows] of index.byRunId)
      for (const { marker } of rows) {
        if (marker === null) continue
        const runs = all.get(marker.id) ?? new Map<string, number>()
        if (!runs.has(runId)) runs.set(runId, marker.runNumber)
        all.set(marker.id, runs)
      }
    runsByProcess.set(index, all)
  }
  return all.get(processId) ?? new Map()
}

/** An automatic restart does not wait for the disk: a later run than the saved one may be alive, found by its marker. */
function findNewerRun(record: ProcessRecord, index: TableIndex, home: string, now: Moment): Lifecycle | null {
  const { tracked } = record
  let best: { leader: Identity; number: number; id: string } | null = null
  for (const [id, number] of runsOf(index, record.id)) {
    if (number <= Math.max(tracked.runNumber, best?.number ?? 0)) continue
    const leader = findLeader(index, home, record.id, id)
    if (leader !== null) best = { leader, number, id }
  }
  if (best === null) return null
  const live = liveRun(best.leader, now)
  const restarts = tracked.restarts + restartsUntil(best.number, tracked)
  const attempt = attemptOf(record.definition.kind, { restarts, attempts: tracked.attempts })
  const run = { number: best.number, id: best.id, attempt }
  return {
    ...tracked,
    runNumber: best.number,
    restarts,
    reason: null,
    sinceMs: live.startedAtMs,
    // With a probe it has to become ready again: whether it was is unknown.
    state: policyOf(record.definition).readiness
      ? { status: 'starting', run, live }
      : { status: 'running', run, live, pausing: false },
  }
}

/** A descendant may lead its own session with the same marker; the run's leader is the oldest of them. */
function findLeader(index: TableIndex, home: string, id: string, runId: string): Identity | null {
  const leaders = (index.byRunId.get(runId) ?? [])
    .filter((row) => row.marker?.id === id && row.marker.home === home && row.pid === row.session && !isDead(row))
    .sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)
  return leaders[0] ? identityOfRow(leaders[0], index.bootId) : null
}

/** Ticks since boot are hundredths of a second; CLOCK_MONOTONIC leaves suspend out, so the older of the two is taken. */
function liveRun(leader: Identity, now: Moment): LiveRun {
  return {
    leader,
    program: null,
    startedAtMs: now.startedAtMs(leader),
    startedMono: Math.min(now.mono, leader.startTicks * 10),
    adopted: true,
    pausedMs: 0,
  }
}
