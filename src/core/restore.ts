/** A saved process after a time without a daemon: alive (adopted), ended, never spawned, or lost with the machine. Pure. */
import type { Fact } from './events.ts'
import { accepted, asDefined, describeExit } from './exit-meaning.ts'
import { noHandover } from './handover.ts'
import { policyOf } from './policy.ts'
import { attemptOf } from './restart.ts'
import type { ExitFact, Identity, Lifecycle, LiveRun, RunRef } from './state.ts'
import { identityOfRow, isDead, type TableIndex } from './tree.ts'
import type { PastRun, ProcessRecord, ProcessRow } from './world.ts'

export interface Restored {
  tracked: Lifecycle
  /** The run is alive and taken over. */
  adopted: boolean
  /** The event to submit next, if any. */
  fact: Fact | null
  /** The intent was saved but nothing was spawned, or a lifecycle command had not ended: spawn it now. */
  respawn: boolean
  /** Runs that the state does not know to be over, although a later one followed: their ends are recorded nowhere else. */
  passed: PastRun[]
}

/** The present time, and since when a process has been alive, according to the kernel. */
export interface Moment {
  mono: number
  startedAtMs(identity: Identity): number
}

/** What the recorder of a run wrote down; null where there is none, or nothing yet. */
export type RecordedExit = (run: number) => ExitFact | null

/** A leader of which nothing is known; of no boot, so that it is never found or signalled. */
const NOBODY: Identity = { pid: 1, startTicks: 0, bootId: 'none' }

/** A run that waits for a slot was counted already, and a first run is no restart. */
const restartsUntil = (number: number, record: ProcessRecord): number =>
  Math.max(0, number - lastGiven(record) - (record.tracked.state.status === 'pending' ? 1 : 0))

/** The highest number of a run that the state knows of. */
const lastGiven = ({ tracked, handover }: ProcessRecord): number => Math.max(tracked.runNumber, handover?.given ?? 0)

/** The last run that the state does not have, but whose exit is recorded: it must not be run a second time. */
function lastRecorded(record: ProcessRecord, recorded: RecordedExit): { number: number; exit: ExitFact } | null {
  const { state } = record.tracked
  if (!('run' in state) && state.status !== 'retrying' && state.status !== 'pending') return null
  let last: { number: number; exit: ExitFact } | null = null
  for (let number = lastGiven(record) + 1; ; number++) {
    const exit = recorded(number)
    if (exit === null) return last
    last = { number, exit }
  }
}

function lateRun(
  record: ProcessRecord,
  number: number,
  exit: ExitFact,
  programAlive = false,
): Pick<Restored, 'tracked' | 'fact'> {
  const { tracked, definition } = record
  const { state } = tracked
  const unjudged = 'run' in state ? number - state.run.number : number - tracked.runNumber - 1
  const restarts = tracked.restarts + restartsUntil(number, record)
  const attempts = tracked.attempts + unjudged
  const attempt = attemptOf(definition.kind, { restarts, attempts })
  const run = 'run' in state && state.run.number === number ? state.run : { ...unrecordedRun(record, number), attempt }
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
    fact: { kind: 'exited', run: number, exit, leftovers: programAlive, background: false, outage: true, programAlive },
  }
}

export function restore(record: ProcessRecord, index: TableIndex, home: string, now: Moment, recorded: RecordedExit): Restored {
  const { tracked } = record
  const { state } = tracked
  const nothing: Restored = { tracked, adopted: false, fact: null, respawn: false, passed: [] }

  const newer = findNewerRun(record, index, home, now)
  if (newer)
    return { ...nothing, tracked: newer, adopted: true, passed: passedRuns(record, newer.runNumber, newer.sinceMs, recorded) }

  const late = lastRecorded(record, recorded)
  if (late !== null)
    return { ...nothing, ...lateRun(record, late.number, late.exit), passed: passedRuns(record, late.number, 0, recorded) }
  if (!('live' in state)) return nothing
  if (isBetweenCommands(state)) return { ...nothing, respawn: true }
  if (state.live === null) {
    const leader = findLeader(index, home, record.id, state.run.id)
    if (leader === null) {
      const { number, id } = state.run
      const exit = recorded(number)
      // Its recorder is dead, and the program is not: the run did begin, and begins no second time.
      const programAlive = exit === null && livingOf(index, home, record.id, id).length > 0
      if (exit === null && !programAlive) return { ...nothing, respawn: true }
      return { ...nothing, ...lateRun(record, number, exit ?? { kind: 'unknown' }, programAlive) }
    }
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

  const exit = exitOf(tracked, state.run.number, recorded)
  const { program } = state.live
  const programRow = program === null ? undefined : index.byPid.get(program.pid)
  const programAlive = programRow !== undefined && programRow.startTicks === program?.startTicks && !isDead(programRow)
  return {
    ...nothing,
    fact: { kind: 'exited', run: state.run.number, exit, leftovers: programAlive, background: false, outage: true, programAlive },
  }
}

function exitOf({ state }: Lifecycle, run: number, recorded: RecordedExit): ExitFact {
  const known = 'exit' in state && 'run' in state && state.run.number === run ? state.exit : null
  return recorded(run) ?? known ?? { kind: 'unknown' }
}

/** Its random id went with the daemon that made it. The same at each look, so that the history gets one row. */
const unrecordedRun = ({ id }: ProcessRecord, number: number): RunRef => ({ number, id: `${id}-${number}` })

/**
 * From the run in the state, unless it is known to be over, to the one before `next`. When they ended is unknown: at the latest
 * when `next` began (epoch ms; 0 when that is unknown too).
 */
function passedRuns(record: ProcessRecord, next: number, nextBeganMs: number, recorded: RecordedExit): PastRun[] {
  const { tracked } = record
  const policy = policyOf(record.definition)
  const saved = 'run' in tracked.state ? tracked.state : null
  const passed: PastRun[] = []
  const { successor, predecessors } = record.handover ?? noHandover
  const beside = successor === null ? predecessors : [...predecessors, successor]
  const besideOrPast = new Set([...beside.map(({ run }) => run.number), ...record.runs.map(({ ref }) => ref.number)])
  for (let number = saved?.run.number ?? tracked.runNumber + 1; number < next; number++) {
    const known = saved?.run.number === number ? saved : null
    if (known === null && besideOrPast.has(number)) continue
    const exit = asDefined(exitOf(tracked, number, recorded), policy)
    const startedAtMs = known?.live?.startedAtMs ?? tracked.sinceMs
    passed.push({
      ref: known?.run ?? unrecordedRun(record, number),
      startedAtMs,
      endedAtMs: Math.max(startedAtMs, nextBeganMs),
      outcome: accepted(exit, policy) ? 'done' : 'failed',
      reason: describeExit(exit),
      exit,
      adopted: known?.live?.adopted ?? false,
      leader: known?.live?.leader ?? null,
      program: known?.live?.program ?? null,
      outage: true,
      inHistory: false,
    })
  }
  return passed
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
    if (number <= Math.max(lastGiven(record), best?.number ?? 0)) continue
    const leader = findLeader(index, home, record.id, id)
    if (leader !== null) best = { leader, number, id }
  }
  if (best === null) return null
  const live = liveRun(best.leader, now)
  const restarts = tracked.restarts + restartsUntil(best.number, record)
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

/** Of the program nothing is alive: its pre-start had not ended, or its post-stop. */
const isBetweenCommands = (state: Extract<Lifecycle['state'], { live: unknown }>): boolean =>
  (state.status === 'starting' && state.live === null && state.command !== undefined && !state.command.over) ||
  (state.status === 'completing' && state.phase === 'post-stop')

/** What is alive of a run, by its marker. */
const livingOf = (index: TableIndex, home: string, id: string, runId: string): ProcessRow[] =>
  (index.byRunId.get(runId) ?? []).filter((row) => row.marker?.id === id && row.marker.home === home && !isDead(row))

/** A descendant may lead its own session with the same marker; the run's leader is the oldest of them. */
function findLeader(index: TableIndex, home: string, id: string, runId: string): Identity | null {
  const leaders = livingOf(index, home, id, runId)
    .filter((row) => row.pid === row.session)
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

/** A run that was about to be spawned: what is alive of it, by its marker. */
export function liveByMarker(index: TableIndex, home: string, id: string, runId: string, now: Moment): LiveRun | null {
  const leader = findLeader(index, home, id, runId)
  return leader === null ? null : liveRun(leader, now)
}
